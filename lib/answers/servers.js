"use strict";

/** Adapters count a server as gone after this silence (their `heartbeatTimeout`), in milliseconds. */
const HEARTBEAT_TIMEOUT = 10_000;

/** The live servers of one namespace. Each is known by the uid of its adapter. */
class Servers {
  #lastHeard = new Map();

  /** A server has said something. */
  heard(uid) {
    this.#lastHeard.set(uid, performance.now());
  }

  gone(uid) {
    this.#lastHeard.delete(uid);
  }

  /** Takes off those that have been silent for too long; gives their uids. */
  sweep() {
    const before = performance.now() - HEARTBEAT_TIMEOUT;
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
