"use strict";

/** The live servers of one namespace. Each is known by the uid of its adapter. */
class Servers {
  #lastHeard = new Map();
  #heartbeatTimeoutMillis;

  /** After `heartbeatTimeoutMillis` of silence a server is gone. */
  constructor(heartbeatTimeoutMillis) {
    this.#heartbeatTimeoutMillis = heartbeatTimeoutMillis;
  }

  /** A server has said something. */
  heard(uid) {
    this.#lastHeard.set(uid, performance.now());
  }

  gone(uid) {
    this.#lastHeard.delete(uid);
  }

  /** Takes off those that have been silent for too long; gives their uids. */
  sweep() {
    const before = performance.now() - this.#heartbeatTimeoutMillis;
    const silent = [];
    for (const [uid, at] of this.#lastHeard) {
      if (at < before) silent.push(uid);
    }
    for (const uid of silent) this.gone(uid);
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
