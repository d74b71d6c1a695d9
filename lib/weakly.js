"use strict";

/**
 * A callback that leaves its target to the garbage collector. It is made here, where no other closure
 * shares its scope: V8 keeps all that any of them uses.
 */
const weakly = (target, method) => {
  const reference = new WeakRef(target);
  return (...values) => reference.deref()?.[method](...values);
};

module.exports = { weakly };
