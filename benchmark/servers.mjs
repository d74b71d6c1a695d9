// PostgreSQL servers, one for each time of a flush, and with each a process that listens.

import { createRequire } from "node:module";
import { startPostgres } from "../tools/postgres.mjs";
import { startListener } from "./run.mjs";
import { ORDERS_SQL } from "./transactions/orders.mjs";

const { outboxSql } = createRequire(import.meta.url)("../index.js");

const ATTACHMENTS_SQL = `CREATE TABLE socket_io_attachments (
  id          bigserial UNIQUE,
  created_at  timestamptz DEFAULT NOW(),
  payload     bytea
);`;

// As a server has it that holds real data: `startPostgres` is faster without, for tests. The method is
// that of Linux; elsewhere another one is the default.
const SETTINGS = { fsync: "on", full_page_writes: "on" };
const FLUSHED_BY_FDATASYNC = { ...SETTINGS, wal_sync_method: "fdatasync" };

export class Servers {
  #version;
  #slowFlush;
  #started = new Map();

  /** Servers of that version of PostgreSQL; `slowFlush` is what `buildSlowFlush` gave. */
  constructor(version, slowFlush) {
    this.#version = version;
    this.#slowFlush = slowFlush;
  }

  /** Whether there can be a server whose flushes take so much longer than the disk's. */
  has(addedMillis = 0) {
    return addedMillis === 0 || this.#slowFlush.env !== undefined;
  }

  /** The server whose flushes take so much longer, started when it is first asked for. */
  get(addedMillis = 0) {
    let started = this.#started.get(addedMillis);
    if (started === undefined) {
      started = this.#start(addedMillis);
      this.#started.set(addedMillis, started);
    }
    return started;
  }

  async #start(addedMillis) {
    const how =
      addedMillis === 0
        ? { settings: SETTINGS }
        : { settings: FLUSHED_BY_FDATASYNC, env: this.#slowFlush.env(addedMillis) };
    const server = await startPostgres({ version: this.#version, ...how });
    try {
      const pool = server.pool({ max: 1 });
      await pool.query(`${ATTACHMENTS_SQL}${outboxSql()}${ORDERS_SQL}`);
      const { rows } = await pool.query("SHOW server_version");
      await pool.end();
      const listener = await startListener(server.config);
      return { server, listener, config: server.config, version: rows[0].server_version };
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop() {
    const all = await Promise.allSettled(this.#started.values());
    this.#started.clear();
    await Promise.all(
      all.map(async ({ value }) => {
        value?.listener.kill();
        await value?.server.stop();
      }),
    );
  }
}
