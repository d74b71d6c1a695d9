"use strict";

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

module.exports = { ownPromise };
