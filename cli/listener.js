"use strict";

const { setTimeout: wait } = require("node:timers/promises");

const { NativeListener } = require("../binding.js");
const { readConnection } = require("../lib/connection.js");
const { fromNative, native, throwFailure } = require("../lib/errors.js");
const { hold, release } = require("../lib/keep-alive.js");

/** What waits for a slow reader, at most 8 kB each. */
const MAX_WAITING = 8192;

/** How many are handed out at once. */
const MAX_BATCH = 512;

/** Between two tries to connect again, in milliseconds: twice as long each time. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** A server that is away, and not wrong: the network's codes, and classes 08, 53 and 57 of PostgreSQL. */
const isAway = ({ code }) => /^(E[A-Z]+$|ERR_CONNECTION$|ERR_CLOSED$|08|53|57)/.test(code ?? "");

/** So that what was received meanwhile can come in. */
const turn = () => new Promise(setImmediate);

/**
 * Receives all that is notified on some channels, and hands it out when it is asked for. What is not
 * asked for in time is counted and dropped: to stop reading instead would fill the queue that every
 * NOTIFY of the cluster needs.
 */
class Listener {
  #native;
  #connect;
  #namespaces = [];
  #waiting = [];
  #dropped = 0;
  /** Why the connection was lost, until it is said. */
  #missed;
  /** Why there is no connection any more, for good. */
  #failure;
  #isClosed = false;
  #isHolding = false;
  #wake = () => {};

  /** @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` */
  constructor(connection, tableName) {
    const { settings, askPassword } = readConnection(connection);
    this.#connect = () => {
      let opened;
      const receive = (channels, payloads, lost) => {
        this.#receive(channels, payloads);
        if (lost && this.#native === opened) this.#reconnect(fromNative(lost));
        this.#wake();
      };
      opened = native(() => new NativeListener(settings, tableName, receive, askPassword));
      return opened;
    };
    this.#native = this.#connect();
  }

  /** Connects, and resolves when the session listens for all of `namespaces`. */
  async open(namespaces) {
    this.#namespaces = namespaces;
    await this.#listen();
    // The native side does not keep the process alive.
    this.#isHolding = !this.#isClosed;
    if (this.#isHolding) hold();
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
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    const dropped = this.#dropped;
    const missed = this.#missed;
    this.#dropped = 0;
    this.#missed = undefined;
    return { notifications: this.#waiting.splice(0, MAX_BATCH), dropped, missed };
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
    if (this.#isHolding) release();
    this.#wake();
  }

  async #listen() {
    throwFailure(await this.#native.open());
    for (const namespace of this.#namespaces) throwFailure(await this.#native.listen(namespace));
  }

  /** Opens the connection anew, until it is open or refused for good. */
  async #reconnect(lost) {
    for (let pause = FIRST_PAUSE; !this.#isClosed; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      await wait(pause);
      if (this.#isClosed) return;
      try {
        this.#native.close();
        this.#native = this.#connect();
        await this.#listen();
        this.#missed = lost;
        break;
      } catch (error) {
        if (isAway(error)) continue;
        this.#failure = error;
        break;
      }
    }
    this.#wake();
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

module.exports = { Listener, MAX_WAITING };
