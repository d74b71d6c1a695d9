"use strict";

// The functions that test runners replace, as they were when the package was loaded; and the microtask, which
// they leave alone. A module that is loaded when first needed takes them from here, too.

const { nextTick } = process;
const settled = Promise.resolve();

const rethrow = (error) => {
  nextTick(() => {
    throw error;
  });
};

/** Calls `callback`, which must not throw, in a microtask. What it returns is not waited for. */
const microtask = (callback) => {
  settled.then(() => {
    callback();
  });
};

/** Calls `callback`, which must not throw, after this many rounds of microtasks. */
const afterMicrotasks = (rounds, callback) => {
  microtask(() => (rounds > 1 ? afterMicrotasks(rounds - 1, callback) : callback()));
};

/** Calls a function of the caller's now; what it throws is an `uncaughtException`. */
const callNow = (callback) => {
  try {
    callback();
  } catch (error) {
    rethrow(error);
  }
};

/** Calls a function of the caller's in a microtask; what it throws is an `uncaughtException`. */
const callLater = (callback) => {
  const called = settled.then(() => {
    callback();
  });
  called.catch(rethrow);
};

module.exports = { microtask, afterMicrotasks, callLater, callNow };
