"use strict";

const ignore = () => {};

/** A promise that is harmless when nobody awaits it. */
const guarded = (promise) => {
  promise.catch(ignore);
  return promise;
};

module.exports = { guarded, ignore };
