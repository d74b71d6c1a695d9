"use strict";

const ignore = () => {};

/** A promise that is harmless when nobody awaits it. */
const guarded = (promise) => {
  promise.catch(ignore);
  return promise;
};

/** The promise of `call`, or a rejected one that is as harmless, where it throws. */
const guardedCall = (call) => {
  try {
    return call();
  } catch (error) {
    return guarded(Promise.reject(error));
  }
};

module.exports = { guarded, guardedCall, ignore };
