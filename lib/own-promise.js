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
 * The promise of `call`, marked as handled once that is `done`, and not before: V8 gives an error the frames
 * of the code that awaits its promise only where the promise has one reaction.
 *
 * @template T
 * @param {(done: () => void) => Promise<T>} call - calls `done` where its promise is about to be settled
 * @returns {Promise<T>}
 */
const framed = (call) => {
  const promise = call(() => microtask(() => handled(promise)));
  return promise;
};

/** What `read` makes of the native side's answer; what it throws has the frames of the code that awaits it. */
const answerOf = (promise, read) =>
  framed((done) =>
    ownPromise(promise).then((answer) => {
      done();
      return read(answer);
    }),
  );

module.exports = { answerOf, framed, ownPromise };
