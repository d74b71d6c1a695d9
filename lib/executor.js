"use strict";

const { invalidType, invalidValue } = require("./errors.js");

/** Runs calls one after the other, in their order; a failure stops none of the next. */
class Turns {
  /** Settles with the last call, and is never rejected; undefined when no call runs. */
  #last;

  /**
   * Calls `call` at once, or after those before it.
   *
   * @param {() => Promise<T>} call - must not throw
   * @returns {Promise<T>} what `call` returns
   */
  take(call) {
    const mine = this.#last === undefined ? call() : this.#last.then(call);
    const done = () => {
      if (this.#last === settled) this.#last = undefined;
    };
    // This reaction is added first: code that awaits the call finds the turn free.
    const settled = mine.then(done, done);
    this.#last = settled;
    return mine;
  }

  /** Resolves when all calls made until now are settled. */
  settled() {
    return this.#last ?? Promise.resolve();
  }
}

/** The turns of each executor, which all emitters of it share. */
const turnsOf = new WeakMap();

const isFunction = (value) => typeof value === "function";

/** `(text, values) => promise` for an executor. */
const runnerOf = (executor) => {
  if (isFunction(executor)) {
    // postgres.js's `sql` and Knex would take our SQL for the name of something.
    if (isFunction(executor.unsafe) || isFunction(executor.raw)) {
      throw invalidType("the executor", "a function (text, values) of your own", executor);
    }
    return executor;
  }
  if (typeof executor !== "object" || executor === null || !isFunction(executor.query)) {
    throw invalidType("the executor", "a function, or an object with a method query", executor);
  }
  // The method is looked up for each call: a client may be wrapped after this.
  return (text, values) => executor.query(text, values);
};

/** @throws {EmitterError} `ERR_INVALID_ARG_TYPE` for what is no executor */
const checkExecutor = (executor) => {
  runnerOf(executor);
};

/** Runs statements on a connection of the caller's. */
class Executor {
  #run;
  #turns;

  /** @throws {EmitterError} `ERR_INVALID_ARG_TYPE` */
  constructor(executor) {
    this.#run = runnerOf(executor);
    this.#turns = turnsOf.get(executor) ?? new Turns();
    turnsOf.set(executor, this.#turns);
  }

  /**
   * Runs a statement after all those before it.
   *
   * @param {AbortSignal} [signal] - once it is aborted, what has not begun does not
   * @returns {Promise<void>} rejected with the executor's error, or the signal's reason
   */
  run(text, values, signal) {
    return this.#turns.take(() => this.#start(text, values, signal));
  }

  settled() {
    return this.#turns.settled();
  }

  #start(text, values, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw signal.reason;
      const result = this.#run(text, values);
      if (!isFunction(result?.then)) throw invalidValue("the executor must return a promise");
      // The query is awaited at once: those of several libraries begin only then.
      result.then(() => resolve(), reject);
    });
  }
}

module.exports = { Executor, checkExecutor };
