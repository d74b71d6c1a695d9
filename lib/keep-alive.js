"use strict";

const { KeepAlive } = require("../binding.js");
const { afterMicrotasks } = require("./unfaked.js");

/**
 * How many rounds of microtasks the loop is held on. Code that awaits answers goes on in the sixth round, and one
 * later for each async function between.
 */
const ROUNDS = 16;

const loop = new KeepAlive();
let holders = 0;
let isHeld = false;
let isEnding = false;

/**
 * Keeps the event loop, and with it the process, alive until each `hold` has its `release`. All emitters
 * share one hold: the native callbacks alone do not hold the loop, so that an idle emitter never keeps a
 * process from ending.
 */
const hold = () => {
  if (holders++ > 0 || isHeld) return;
  isHeld = true;
  loop.hold();
};

const releaseIfIdle = () => {
  isEnding = false;
  if (holders > 0) return;
  isHeld = false;
  loop.release();
};

// The hold ends later: a loop that awaits one message after the other holds it again by then, which is
// cheaper. Microtasks are what no test runner replaces.
const release = () => {
  if (--holders > 0 || isEnding) return;
  isEnding = true;
  afterMicrotasks(ROUNDS, releaseIfIdle);
};

module.exports = { hold, release };
