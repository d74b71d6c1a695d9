"use strict";

/**
 * A callback that leaves its target to the garbage collector. It is made here, where no other closure
 * shares its scope: V8 keeps all that any of them uses.
 */
const weakly = (target, method) => {
  const reference = new WeakRef(target);
  return (...values) => reference.deref()?.[method](...values);
};

/** Functions to be called once their target was collected, which they must not hold. */
const collected = new FinalizationRegistry((cleanUp) => cleanUp());

/**
 * Calls a method of the target when the signal is aborted, and leaves the target to the garbage collection: a
 * signal that outlives many targets keeps none of their listeners.
 *
 * @returns {() => void} takes the listener off
 */
const onAbort = (signal, target, method) => {
  const listener = weakly(target, method);
  const stop = () => signal.removeEventListener("abort", listener);
  signal.addEventListener("abort", listener, { once: true });
  collected.register(target, stop);
  return stop;
};

module.exports = { onAbort, weakly };
