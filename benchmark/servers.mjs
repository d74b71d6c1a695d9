// PostgreSQL servers, one for each time of a flush, and with each a process that listens.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
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

/** The sessions of a server beside those that listen. */
const OTHER_SESSIONS = 100;

export class Servers {
  #options;
  #slowFlush;
  #started = new Map();

  /** Servers of that version of PostgreSQL; `slowFlush` is what `buildSlowFlush` gave. */
  constructor(options, slowFlush) {
    this.#options = options;
    this.#slowFlush = slowFlush;
  }

  /** Whether there can be a server whose flushes take so much longer than the disk's. */
  has(addedMillis = 0) {
    return addedMillis === 0 || this.#slowFlush.env !== undefined;
  }

  /**
   * The server of a measurement, started when it is first asked for: one for each time of a flush, and one
   * for those that tell what is to listen. On that nothing else does, for each that listens is woken.
   */
  get({ addedMillis = 0, listening } = {}) {
    const name = listening ? "listening" : addedMillis;
    let started = this.#started.get(name);
    if (started === undefined) {
      started = this.#start(addedMillis, listening !== undefined);
      this.#started.set(name, started);
    }
    return started;
  }

  async #start(addedMillis, isQuiet) {
    const settings = addedMillis === 0 ? SETTINGS : FLUSHED_BY_FDATASYNC;
    const sessions = OTHER_SESSIONS + (isQuiet ? Math.max(1, ...this.#options.growth.servers) : 0);
    const server = await startPostgres({
      version: this.#options.postgres,
      settings: { ...settings, max_connections: String(sessions) },
      ...(addedMillis > 0 && { env: this.#slowFlush.env(addedMillis) }),
    });
    try {
      const pool = server.pool({ max: 1 });
      await pool.query(`${ATTACHMENTS_SQL}${outboxSql()}${ORDERS_SQL}`);
      const { rows } = await pool.query("SHOW server_version");
      await pool.end();
      const postmaster = await readFile(join(server.dataFolder, "postmaster.pid"), "utf8");
      return {
        config: server.config,
        postmaster: postmaster.split("\n", 1)[0],
        version: rows[0].server_version,
        listener: isQuiet ? undefined : await startListener(server.config),
        stop: () => server.stop(),
      };
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The version of PostgreSQL. */
  async version() {
    const [started = this.get()] = this.#started.values();
    return (await started).version;
  }

  async stop() {
    const all = await Promise.allSettled(this.#started.values());
    this.#started.clear();
    await Promise.all(
      all.map(async ({ value }) => {
        value?.listener?.kill();
        await value?.stop();
      }),
    );
  }
}
