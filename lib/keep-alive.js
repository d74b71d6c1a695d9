"use strict";

const { KeepAlive } = require("../binding.js");

let holders = 0;
let loop;

/**
 * Keeps the event loop, and with it the process, alive until as many `release` as `hold` calls were
 * made. One for all: the native callbacks alone do not hold the loop, so that an idle emitter never
 * keeps a process from ending.
 */
const hold = () => {
  if (holders++ > 0) return;
  loop ??= new KeepAlive();
  loop.hold();
};

const release = () => {
  if (--holders === 0) loop.release();
};

module.exports = { hold, release };
