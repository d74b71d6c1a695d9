"use strict";

const { fromNative } = require("./errors.js");
const { guarded } = require("./guarded.js");
const { hold, release } = require("./keep-alive.js");

/** Those with something in flight: the native side alone keeps none of them from being collected. */
const busy = new Set();

/**
 * The promises of messages that were handed over together.
 *
 * All hang on one: a promise runs its reactions in the order they were added, so one reaction,
 * shared, knows by counting which message it speaks for. That is half the memory, and so half the
 * garbage collection, of a promise with two functions to settle it for each message.
 */
class Batch {
  #promises = [];
  #failures;
  #next = 0;
  #resolve;
  #root = new Promise((resolve) => {
    this.#resolve = resolve;
  });
  #outcome = () => {
    const place = this.#next++;
    if (this.#failures?.has(place)) throw this.#failures.get(place);
  };

  /** One more message's promise. */
  add() {
    const promise = this.#root.then(this.#outcome);
    this.#promises.push(promise);
    return promise;
  }

  get size() {
    return this.#promises.length;
  }

  /** The message in this place will be rejected. */
  fail(place, error) {
    this.#failures ??= new Map();
    this.#failures.set(place, error);
    // Whoever awaits the promise learns of it; if nobody does, the process goes on.
    guarded(this.#promises[place]);
  }

  /** Settles all promises: those that did not fail are resolved. */
  settle() {
    this.#resolve();
  }
}

/** The messages in flight, and what becomes of their promises. */
class Deliveries {
  /** How many were never handed over. */
  refused = 0;
  #batches = new Map();
  #next = 0;
  #waiters = [];
  #onError;
  /** Why the emitter was aborted, in an array: it can be anything. */
  #abortion;

  /** @param {(error: EmitterError) => void} onError - told of each failed message */
  constructor(onError) {
    this.#onError = onError;
  }

  /** Opens a batch; returns its number. */
  open() {
    if (this.#batches.size === 0) {
      busy.add(this);
      hold();
    }
    const number = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    const batch = new Batch();
    this.#batches.set(number, batch);
    return { number, batch };
  }

  /** Settles batches: all their messages arrived, but for the failures. */
  settle(numbers, failures) {
    for (const { batch, place, error } of failures) {
      this.#batches.get(batch)?.fail(place, this.#failed(this.#meant(error)));
    }
    for (const number of numbers) {
      this.#batches.get(number)?.settle();
      this.#batches.delete(number);
    }
    if (this.#batches.size === 0) {
      busy.delete(this);
      release();
    }
    if (this.#waiters.length > 0) {
      // One turn later, so that who awaits a message hears of it before who awaits the flush.
      queueMicrotask(() => this.#wakeWaiters());
    }
  }

  /** What was not sent fails from now on for this reason. */
  abort(reason) {
    this.#abortion = [reason];
  }

  /** Fails a whole batch. */
  fail(number, error) {
    const batch = this.#batches.get(number);
    this.refused += batch.size;
    for (let place = 0; place < batch.size; place++) batch.fail(place, this.#failed(error));
    this.settle([number], []);
  }

  /** A promise rejected before anything was sent. */
  refuse(error) {
    this.refused++;
    return guarded(Promise.reject(this.#failed(error)));
  }

  /** Resolves when everything that is in flight now is settled. */
  settled() {
    if (this.#batches.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ left: new Set(this.#batches.keys()), resolve });
    });
  }

  #wakeWaiters() {
    this.#waiters = this.#waiters.filter(({ left, resolve }) => {
      for (const number of left) {
        if (this.#batches.has(number)) return true;
        left.delete(number);
      }
      resolve();
      return false;
    });
  }

  #meant(error) {
    return error.code === "ABORT_ERR" && this.#abortion ? this.#abortion[0] : fromNative(error);
  }

  #failed(error) {
    const onError = this.#onError;
    // After the promises were settled: what the handler does, or throws, concerns none of them.
    queueMicrotask(() => onError(error));
    return error;
  }
}

module.exports = { Deliveries };
