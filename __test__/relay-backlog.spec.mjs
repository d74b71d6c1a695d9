// A backlog in the outbox: what its size costs.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { eventually, sessions, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";

// What the planner knows of the table must not change under the test.
const postgres = usePostgres(test, { settings: { autovacuum: "off" } });
const SQL = `${attachmentTableSql()}${outboxSql()}`;
const ROWS = 20_000;

const fill = (bytes) => `INSERT INTO socket_io_outbox (channel, payload, buffers)
  SELECT 'socket.io#/', '{"n":' || n || '}' || repeat(' ', ${bytes}), '{}'
  FROM generate_series(1, ${ROWS}) AS n`;
const LOOKED_AT = `SELECT (seq_tup_read + idx_tup_fetch)::int AS n
  FROM pg_stat_user_tables WHERE relname = 'socket_io_outbox'`;

// Each state leads the planner elsewhere. Of long messages not the number ends a batch, but their bytes.
const TABLES = {
  "in a table that was never analyzed": {},
  "in a table that was analyzed when it was empty": { before: "VACUUM ANALYZE socket_io_outbox" },
  "in a table that was analyzed when it was full": {
    before: `${fill(0)}; ANALYZE socket_io_outbox`,
  },
  "of long messages": { bytes: 1_000, batchSize: 4_095 },
};

for (const [which, { before, bytes = 0, batchSize = 500 }] of Object.entries(TABLES)) {
  test(`each row of a backlog ${which} is looked at a few times`, async (t) => {
    const database = await postgres.database(SQL);
    const pool = database.pool({ max: 1 });
    if (before) await pool.query(before);
    await pool.query(`TRUNCATE socket_io_outbox; ${fill(bytes)}`);
    const lookedAt = async () => (await pool.query(LOOKED_AT)).rows[0].n;
    const already = await lookedAt();

    const emitter = emitterFor(t, database);
    const relays = [1, 2].map(() => relayFor(t, emitter, { batchSize, pollMillis: 10 }));
    // The one that stands by asks all the time whether the other has done it.
    await Promise.all(relays.map((relay) => relay.drain()));
    const { waiting } = await emitter.outboxStatus();
    t.is(waiting, 0);
    await Promise.all(relays.map((relay) => relay.close()));

    // A session's figures are there when it is gone.
    await eventually(async () => (await sessions(pool)) === 0, "the relays' sessions end");
    const each = ((await lookedAt()) - already) / ROWS;
    // Once to see what it is, and once to take it out.
    t.true(each >= 2 && each < 3, `each of them ${each} times`);
  });
}
