"use strict";

const ignore = () => {};

/** A promise that is harmless when nobody awaits it. */
const guarded = (promise) => {
  promise.catch(ignore);
  return promise;
};

/** The same of a call that may throw instead. */
const guardedCall = (call) => guarded((async () => call())());

module.exports = { guarded, guardedCall, ignore };
