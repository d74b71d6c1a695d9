"use strict";

const { randomBytes } = require("node:crypto");

/** Of this process, or this worker thread of it, and of no other. */
const OURS = randomBytes(16).toString("hex");

let emitters = 0;

/** The ids of one emitter's requests: none that another has, of whichever process. */
class RequestIds {
  /** What all of them begin with. */
  prefix = `${OURS}-${emitters++}-`;
  #count = 0;

  next() {
    return `${this.prefix}${this.#count++}`;
  }
}

module.exports = { RequestIds };
