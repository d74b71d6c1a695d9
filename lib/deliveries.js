"use strict";

const { fromNative } = require("./errors.js");
const { hold, release } = require("./keep-alive.js");

const ignore = () => {};

/** Those with something in flight: the native side alone keeps none of them from being collected. */
const busy = new Set();

let resolveOfNew;
let rejectOfNew;
const capture = (resolve, reject) => {
  resolveOfNew = resolve;
  rejectOfNew = reject;
};

/** The promises of messages that were handed over together. */
class Batch {
  promises = [];
  #resolves = [];
  #rejects = [];

  /** One more message's promise. */
  add() {
    const promise = new Promise(capture);
    this.promises.push(promise);
    this.#resolves.push(resolveOfNew);
    this.#rejects.push(rejectOfNew);
    return promise;
  }

  get size() {
    return this.promises.length;
  }

  resolve() {
    // Those already rejected stay so.
    for (const resolve of this.#resolves) resolve();
  }

  reject(place, error) {
    // Whoever awaits the promise learns of it; if nobody does, the process goes on.
    this.promises[place].catch(ignore);
    this.#rejects[place](error);
  }
}

/** The messages in flight, and what becomes of their promises. */
class Deliveries {
  #batches = new Map();
  #next = 0;
  #waiters = [];
  #onError;

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
      this.#batches.get(batch)?.reject(place, this.#failed(fromNative(error)));
    }
    for (const number of numbers) {
      this.#batches.get(number)?.resolve();
      this.#batches.delete(number);
    }
    if (this.#batches.size === 0) {
      busy.delete(this);
      release();
    }
    this.#wakeWaiters();
  }

  /** Fails a whole batch. */
  fail(number, error) {
    const batch = this.#batches.get(number);
    for (let place = 0; place < batch.size; place++) batch.reject(place, this.#failed(error));
    this.settle([number], []);
  }

  /** A promise rejected before anything was sent. */
  refuse(error) {
    const promise = Promise.reject(this.#failed(error));
    promise.catch(ignore);
    return promise;
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

  #failed(error) {
    const onError = this.#onError;
    // After the promises were settled: what the handler does, or throws, concerns none of them.
    queueMicrotask(() => onError(error));
    return error;
  }
}

module.exports = { Deliveries, ignore };
