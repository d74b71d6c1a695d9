"use strict";

const { now } = require("../unfaked.js");

/**
 * For how long a server that said goodbye is not taken for alive, in milliseconds, whatever else
 * arrives from it: it publishes through a pool, where the goodbye can overtake what was said before.
 */
const GONE_FOR = 60_000;

/** The live servers of one namespace. Each is known by the uid of its adapter. */
class Servers {
  #lastHeard = new Map();
  #goneSince = new Map();
  #heartbeatTimeoutMillis;

  /** After `heartbeatTimeoutMillis` of silence a server may be gone. */
  constructor(heartbeatTimeoutMillis) {
    this.#heartbeatTimeoutMillis = heartbeatTimeoutMillis;
  }

  /** A server has said something, at a time of `performance.now()`. */
  heard(uid, at) {
    if (this.#goneSince.has(uid)) return;
    this.#lastHeard.set(uid, Math.max(at, this.#lastHeard.get(uid) ?? at));
  }

  /** A server has said goodbye. */
  closed(uid) {
    const time = now();
    this.gone(uid);
    for (const [other, since] of this.#goneSince) {
      if (since < time - GONE_FOR) this.#goneSince.delete(other);
    }
    this.#goneSince.set(uid, time);
  }

  gone(uid) {
    this.#lastHeard.delete(uid);
  }

  has(uid) {
    return this.#lastHeard.has(uid);
  }

  /** Those that have been silent for too long, and since `time`. */
  silentSince(time) {
    const before = Math.min(time, now() - this.#heartbeatTimeoutMillis);
    const silent = [];
    for (const [uid, at] of this.#lastHeard) {
      if (at < before) silent.push(uid);
    }
    return silent;
  }

  get uids() {
    return this.#lastHeard.keys();
  }

  get count() {
    return this.#lastHeard.size;
  }
}

module.exports = { Servers };
