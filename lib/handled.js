"use strict";

const ignore = () => {};

/** `promise`, marked as handled: its rejection raises no `unhandledRejection` when it is not awaited. */
const handled = (promise) => {
  promise.catch(ignore);
  return promise;
};

/** The promise that `call` returns; where it throws, one that rejects with that error, marked as handled. */
const handledCall = (call) => {
  try {
    return call();
  } catch (error) {
    return handled(Promise.reject(error));
  }
};

module.exports = { handled, handledCall, ignore };
