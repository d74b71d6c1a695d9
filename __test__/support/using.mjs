// Connections and executors for tests of `Emitter.using`.

import { attachmentTableSql } from "../../index.js";
import { listenFor } from "./wire.mjs";

/** A database with the table, a client of it, and a listener. */
export function openWith(postgres) {
  return async function open(t, extraSql = attachmentTableSql()) {
    const database = await postgres.database(extraSql);
    const pool = database.pool();
    const connect = async () => {
      const client = await pool.connect();
      t.teardown(() => client.release());
      return client;
    };
    const client = await connect();
    return { database, pool, connect, client, listener: await listenFor(t, database) };
  };
}

/** An executor that keeps what it ran. */
export function recording(client) {
  const calls = [];
  const executor = {
    query(...args) {
      calls.push(args);
      return client.query(...args);
    },
  };
  return { calls, executor };
}
