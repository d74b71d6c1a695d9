"use strict";

const { now, turn, wait } = require("../unfaked.js");

/** So much later than it was due a timer fires when the event loop or the process stood still. */
const STANDSTILL = 1_000;

/**
 * Lets time pass for others to be heard. Time in which this process could not listen does not count,
 * and after it the native side gets a turn to hear who spoke meanwhile. It does not keep the process
 * alive.
 */
const waitAwake = async (millis) => {
  for (;;) {
    const due = now() + millis;
    await wait(millis, undefined, { ref: false });
    await turn();
    if (now() < due + STANDSTILL) return;
  }
};

module.exports = { waitAwake };
