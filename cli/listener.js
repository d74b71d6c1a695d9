"use strict";

const { Listener: NativeListener } = require("../binding.js");
const { readConnection } = require("../lib/connection.js");
const { fromNative, native, throwFailure } = require("../lib/errors.js");
const { hold, release } = require("../lib/keep-alive.js");

/** What waits for a slow reader, at most 8 kB each. */
const MAX_WAITING = 8192;

/** How many are handed out at once. */
const MAX_BATCH = 512;

/** So that what was heard meanwhile can come in. */
const turn = () => new Promise(setImmediate);

/**
 * Hears all that is notified on some channels, and hands it out when it is asked for. What is not
 * asked for in time is counted and dropped: to stop reading instead would fill the queue that every
 * NOTIFY of the cluster needs.
 */
class Listener {
  #native;
  #waiting = [];
  #dropped = 0;
  #lost;
  #isClosed = false;
  #wake = () => {};

  /** @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` */
  constructor(connection, tableName) {
    const { settings, askPassword } = readConnection(connection);
    const hear = (channels, payloads, lost) => {
      this.#hear(channels, payloads);
      if (lost) this.#lost = fromNative(lost);
      this.#wake();
    };
    this.#native = native(() => new NativeListener(settings, tableName, hear, askPassword));
  }

  /** Connects, and resolves when the session listens for all of `namespaces`. */
  async open(namespaces) {
    throwFailure(await this.#native.open());
    for (const namespace of namespaces) throwFailure(await this.#native.listen(namespace));
    // The native side does not keep the process alive.
    hold();
  }

  /**
   * What was heard since the last time, waited for: `{ notifications, dropped }`, each notification
   * `{ time, channel, payload }`; or null after `close`. Rejects when the connection was lost.
   */
  async next() {
    await turn();
    while (this.#waiting.length === 0) {
      if (this.#isClosed) return null;
      if (this.#lost) throw this.#lost;
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { notifications: this.#waiting.splice(0, MAX_BATCH), dropped };
  }

  /** The bytes of an attachment; null when its row is gone. */
  async attachment(id) {
    const payload = await this.#native.attachment(String(id));
    if (payload instanceof Uint8Array || payload === null) return payload;
    throw fromNative(payload);
  }

  /** Twice is fine. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#native.close();
    release();
    this.#wake();
  }

  #hear(channels, payloads) {
    const room = Math.max(0, MAX_WAITING - this.#waiting.length);
    this.#dropped += Math.max(0, payloads.length - room);
    // When it was heard: a slow reader asks for it later.
    const time = new Date();
    for (let index = 0; index < payloads.length && index < room; index++) {
      this.#waiting.push({ time, channel: channels[index], payload: payloads[index] });
    }
  }
}

module.exports = { Listener, MAX_WAITING };
