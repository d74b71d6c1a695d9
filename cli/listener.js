"use strict";

const { NativeWatcher } = require("../binding.js");
const { readConnection } = require("../lib/connection.js");
const { fromNative, native } = require("../lib/errors.js");
const { hold, release } = require("../lib/keep-alive.js");

/** What waits for a slow reader, at most 8 kB each. */
const MAX_WAITING = 8192;

/** How many are handed out at once. */
const MAX_BATCH = 512;

/** So that what was received meanwhile can come in. */
const turn = () => new Promise(setImmediate);

/**
 * Receives all that is notified on the channels of some namespaces, and hands it out when it is asked for. What is
 * not asked for in time is counted and dropped: to stop reading instead would fill the queue that every
 * NOTIFY of the cluster needs.
 */
class NotificationListener {
  #native;
  #waiting = [];
  #dropped = 0;
  #isOpen = false;
  /** Why there is no connection now. */
  #lost;
  /** Why there was none for a while, until it is said. */
  #missed;
  /** Why there is no connection any more, for good. */
  #failure;
  #isClosed = false;
  #wake = () => {};

  /**
   * Begins to connect. The process is kept alive until `close`.
   *
   * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  constructor(connection, tableName, namespaces) {
    const { settings, askPassword } = readConnection(connection);
    const told = (channels, payloads, state, cause) => {
      this.#receive(channels, payloads);
      if (state) this.#change(state, cause && fromNative(cause));
      this.#wake();
    };
    this.#native = native(
      () => new NativeWatcher(settings, tableName, namespaces, told, askPassword),
    );
    // The native side does not keep the process alive.
    hold();
  }

  /**
   * Resolves when the session listens for all namespaces: whether it does, for after `close` it does not.
   * Rejects when the server cannot be reached or refuses that.
   */
  async open() {
    while (!this.#isOpen) {
      if (this.#isClosed) return false;
      if (this.#failure) throw this.#failure;
      await this.#woken();
    }
    return true;
  }

  /**
   * What was received since the last time, waited for: `{ notifications, dropped, missed }`, each
   * notification `{ time, channel, payload }`, `missed` the error of a connection that was lost and is
   * open again; or null after `close`. Rejects when the server refuses a new connection.
   */
  async next() {
    await turn();
    while (this.#waiting.length === 0 && this.#dropped === 0) {
      if (this.#isClosed) return null;
      if (this.#failure) throw this.#failure;
      if (this.#missed) break;
      await this.#woken();
    }
    const dropped = this.#dropped;
    const missed = this.#missed;
    this.#dropped = 0;
    this.#missed = undefined;
    return { notifications: this.#waiting.splice(0, MAX_BATCH), dropped, missed };
  }

  /** The bytes of an attachment; null when its row is gone. Rejects while there is no connection. */
  async attachment(id) {
    const payload = await native(() => this.#native.attachment(String(id)));
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

  #woken() {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #change(state, cause) {
    if (state === "open") {
      this.#isOpen = true;
      this.#missed = this.#lost;
    } else if (state === "lost") {
      this.#lost = cause;
    } else {
      this.#failure = cause;
    }
  }

  #receive(channels, payloads) {
    const room = Math.max(0, MAX_WAITING - this.#waiting.length);
    this.#dropped += Math.max(0, payloads.length - room);
    // When it was received: a slow reader asks for it later.
    const time = new Date();
    for (let index = 0; index < payloads.length && index < room; index++) {
      this.#waiting.push({ time, channel: channels[index], payload: payloads[index] });
    }
  }
}

module.exports = { NotificationListener, MAX_WAITING };
