// What an idle relay costs the server.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { eventually, usePostgres } from "./support/database.mjs";
import { relaying } from "./support/relays.mjs";

const lines = [];
const postgres = usePostgres(test, {
  settings: {
    log_statement: "all",
    log_line_prefix: "%a|",
    // Of what the server writes by itself.
    autovacuum: "off",
    wal_level: "minimal",
    max_wal_senders: 0,
  },
  log: (text) => lines.push(...text.split("\n")),
});

/** How often the relay has begun a transaction, and looked. */
const count = () => {
  const own = lines.filter((line) =>
    /^socket.io-postgres-emitter\|LOG: {2}(statement|execute)/.test(line),
  );
  const count = (pattern) => own.filter((line) => pattern.test(line)).length;
  // By name, or whole.
  return {
    begun: count(/BEGIN/),
    looks: count(/_look_ahead \(|execute <unnamed>: SELECT \(SELECT id/),
  };
};

test("an idle relay writes nothing, holds no snapshot, and looks as often as it was told", async (t) => {
  const database = await postgres.database(attachmentTableSql() + outboxSql());
  const pool = database.pool({ max: 1 });
  const pollMillis = 100;
  const { relay } = relaying(t, database, { pollMillis });
  await relay.drain();
  const ask = async (sql) => (await pool.query(sql)).rows[0];
  const writes = () =>
    ask(
      "SELECT pg_current_wal_insert_lsn() AS wal, pg_snapshot_xmax(pg_current_snapshot()) AS numbers",
    );
  await pool.query("CHECKPOINT");
  await eventually(() => lines.some((line) => line.includes("CHECKPOINT")), "the log is read");
  const before = { ...(await writes()), ...count() };
  const started = Date.now();
  await eventually(() => count().begun >= before.begun + 3, "it has begun three transactions");
  const millis = Date.now() - started;
  const after = { ...(await writes()), ...count() };
  t.like(after, { wal: before.wal, numbers: before.numbers });
  const [looks, begun] = [after.looks - before.looks, after.begun - before.begun];
  t.log(`${looks} looks and ${begun} transactions in ${millis} ms`);
  t.true(begun <= millis / 1_000 + 1);
  t.true(looks > 1 && looks <= millis / pollMillis + 1);
  // Between two looks nothing is kept from being vacuumed.
  await eventually(
    () =>
      ask(
        `SELECT FROM pg_stat_activity WHERE application_name = 'socket.io-postgres-emitter'
         AND state = 'idle in transaction' AND backend_xmin IS NULL`,
      ),
    "it holds no snapshot",
  );
});
