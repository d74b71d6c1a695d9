"use strict";

const { KeepAlive } = require("../binding.js");
const { setImmediate } = require("./unfaked.js");

const loop = new KeepAlive();
let holders = 0;
let isEnding = false;

/**
 * Keeps the event loop, and with it the process, alive until each `hold` has its `release`. One for all: the native callbacks alone do not hold the loop, so that an idle emitter never
 * keeps a process from ending.
 */
const hold = () => {
  if (holders++ === 0) loop.hold();
};

const release = () => {
  if (--holders > 0) return;
  loop.release();
  if (isEnding) return;
  isEnding = true;
  // A turn later: a loop that sends one message after the other holds it again by then, which is cheaper.
  // Unreferenced, it waits for the next turn, and brings about none of its own.
  setImmediate(() => {
    isEnding = false;
    if (holders === 0) loop.rest();
  }).unref?.();
};

module.exports = { hold, release };
