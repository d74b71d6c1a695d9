"use strict";

/** The longest delay a timer takes, in milliseconds. */
const FOREVER = 2 ** 31 - 1;

let holders = 0;
let timer;

/**
 * Keeps the event loop, and with it the process, alive until as many `release` as `hold` calls were
 * made. One timer for all: the native callback alone does not hold the loop, so that an idle emitter
 * never keeps a process from ending.
 */
const hold = () => {
  if (holders++ > 0) return;
  if (timer === undefined) timer = setInterval(() => {}, FOREVER);
  else timer.ref();
};

const release = () => {
  if (--holders === 0) timer.unref();
};

module.exports = { hold, release };
