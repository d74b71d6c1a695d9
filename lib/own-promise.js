"use strict";

const { handled } = require("./handled.js");
const { microtask } = require("./unfaked.js");

/**
 * A promise of napi's or of Node's, as one of the realm that loaded this package: a test runner may have
 * loaded it into one of its own, where theirs are not `instanceof Promise`.
 */
const ownPromise = (promise) =>
  promise instanceof Promise
    ? promise
    : new Promise((resolve, reject) => {
        promise.then(resolve, reject);
      });

/**
 * Marks a promise as handled once `done` is called; earlier, V8 would lose the awaiting frames.
 *
 * @template T
 * @param {(done: () => void) => Promise<T>} call - calls `done` where its promise is about to be settled
 * @returns {Promise<T>}
 */
const framed = (call) => {
  const promise = call(() => microtask(() => handled(promise)));
  return promise;
};

/**
 * A promise of what `read` makes of the native side's answer; an error that it throws has the awaiting
 * frames.
 */
const answerOf = (promise, read) =>
  framed((done) =>
    ownPromise(promise).then((answer) => {
      done();
      return read(answer);
    }),
  );

module.exports = { answerOf, framed, ownPromise };
