// Group commit in a few lines of JavaScript: the honest rival.

import pg from "pg";
import { CHANNEL, envelope } from "./envelope.mjs";

/** Faster than a burst in one batch, as the server works while the next one is written. */
const MAX_BATCH = 1_000;
const SQL = "SELECT count(pg_notify($1, p)) FROM string_to_table($2, E'\\n') p";

class Batcher {
  #payloads = [];
  #promises = [];
  #busy = false;

  constructor(client) {
    this.client = client;
  }

  publish(payload) {
    return new Promise((resolve, reject) => {
      this.#payloads.push(payload);
      this.#promises.push({ resolve, reject });
      if (!this.#busy) this.#send();
    });
  }

  /** One batch in flight; the next is made of what came meanwhile. */
  async #send() {
    this.#busy = true;
    while (this.#payloads.length > 0) {
      const text = this.#payloads.splice(0, MAX_BATCH).join("\n");
      const promises = this.#promises.splice(0, MAX_BATCH);
      try {
        await this.client.query(SQL, [CHANNEL, text]);
        for (const { resolve } of promises) resolve();
      } catch (error) {
        for (const { reject } of promises) reject(error);
      }
    }
    this.#busy = false;
  }
}

export async function open(config) {
  const client = new pg.Client(config);
  await client.connect();
  const batcher = new Batcher(client);
  return {
    emit: (room, arg) => batcher.publish(envelope(room, arg)),
    close: () => client.end(),
  };
}
