// One form of a transaction: without a message, or with one in a NOTIFY, or in a row of the outbox.

import pg from "pg";
import { ROOM } from "../events.mjs";
import { EVENT } from "../peers/envelope.mjs";
import { Session } from "./session.mjs";

/** Statements are made for it, and none is run. */
const NOWHERE = () => Promise.reject(new Error("no statement is to be run here"));

export class Form {
  #config;
  #emitterOn;
  #wake;
  #end;
  #sessions = [];

  /**
   * `emitterOn(executor, options)` makes the emitter that sends the message, `wake` tells the relay of a
   * commit, `end` ends what was opened beside.
   */
  constructor(config, { emitterOn, wake = () => {}, end = () => {} } = {}) {
    this.#config = config;
    this.#emitterOn = emitterOn;
    this.#wake = wake;
    this.#end = end;
  }

  /** That many sessions, the same each time. */
  async sessions(count) {
    const missing = count - this.#sessions.length;
    this.#sessions.push(...(await Session.open(this.#config, Math.max(0, missing))));
    return this.#sessions.slice(0, count);
  }

  /** The statement of an event with this argument, if there is one in the transaction. */
  statement(arg) {
    return this.#emitterOn?.(NOWHERE).to(ROOM).statement("emit", EVENT, arg);
  }

  /** A connection of `pg`. */
  async connect() {
    const client = new pg.Client(this.#config);
    await client.connect();
    return client;
  }

  /** The emitter within a transaction of `client`. */
  emitter(client, options) {
    return this.#emitterOn(client, options);
  }

  /** A transaction has been committed. */
  committed() {
    this.#wake();
  }

  async close() {
    await Promise.all(this.#sessions.map((session) => session.close()));
    await this.#end();
  }
}
