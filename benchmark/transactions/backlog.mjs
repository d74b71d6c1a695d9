// A backlog in the outbox, and the relay in this process that drains it.

import pg from "pg";
import { FIRST_SEQ, ROOM, smallEvents } from "../events.mjs";
import { CHANNEL, envelope } from "../peers/envelope.mjs";
import { activeRelay } from "./relay.mjs";

/** Rows as an emitter writes them. */
const FILL = `INSERT INTO socket_io_outbox (channel, payload, buffers)
  SELECT $1, $2 || n || $3, '{}' FROM generate_series($4::int, $5::int) n`;

/** The relay's session: it alone holds such a lock. */
const SESSION = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'";

export class Backlog {
  #client;
  #relay;

  constructor(client, relay) {
    this.#client = client;
    this.#relay = relay;
  }

  static async open(config) {
    const client = new pg.Client(config);
    await client.connect();
    return new Backlog(client, await activeRelay(config));
  }

  /** Commits `count` messages of a run in one transaction, so that all of them are there at once. */
  async fill({ run, size, count }, channel = CHANNEL) {
    const text = envelope(ROOM, smallEvents(run, size)(0));
    const [before, after] = text.split(String(FIRST_SEQ));
    await this.#client.query(FILL, [channel, before, after, FIRST_SEQ, FIRST_SEQ + count - 1]);
  }

  /** Resolves when all are published. */
  drain() {
    return this.#relay.drain();
  }

  /** Removes the dead rows that can be removed. */
  async settle() {
    await this.#client.query("VACUUM socket_io_outbox");
  }

  /** The process of the relay's session. */
  async session() {
    const { rows } = await this.#client.query(SESSION);
    return rows[0].pid;
  }

  async close() {
    await this.#relay.close();
    await this.#client.end();
  }
}
