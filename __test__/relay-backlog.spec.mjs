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

const FILL = `INSERT INTO socket_io_outbox (channel, payload, buffers)
  SELECT 'socket.io#/', '{"n":' || n || '}', '{}' FROM generate_series(1, ${ROWS}) AS n`;
const LOOKED_AT = `SELECT (seq_tup_read + idx_tup_fetch)::int AS n
  FROM pg_stat_user_tables WHERE relname = 'socket_io_outbox'`;

// Each state leads the planner elsewhere.
const STATES = {
  "that was never analyzed": "",
  "that was analyzed when it was empty": "VACUUM ANALYZE socket_io_outbox",
  "that was analyzed when it was full": `${FILL}; ANALYZE socket_io_outbox`,
};

for (const [state, before] of Object.entries(STATES)) {
  test(`each row of a backlog is looked at a few times, in a table ${state}`, async (t) => {
    const database = await postgres.database(SQL);
    const pool = database.pool({ max: 1 });
    if (before) await pool.query(before);
    await pool.query(`TRUNCATE socket_io_outbox; ${FILL}`);
    const lookedAt = async () => (await pool.query(LOOKED_AT)).rows[0].n;
    const already = await lookedAt();

    const emitter = emitterFor(t, database);
    const relays = [1, 2].map(() => relayFor(t, emitter, { batchSize: 500, pollMillis: 10 }));
    // The one that stands by asks all the time whether the other has done it.
    await Promise.all(relays.map((relay) => relay.drain()));
    const { waiting } = await emitter.outboxStatus();
    t.is(waiting, 0);
    await Promise.all(relays.map((relay) => relay.close()));

    // A session's figures are there when it is gone.
    await eventually(
      async () => (await sessions(pool, database.config.database)) === 1,
      "the relays' sessions end",
    );
    const each = ((await lookedAt()) - already) / ROWS;
    // Once to see what it is, and once to take it out.
    t.true(each >= 2 && each < 3, `each of them ${each} times`);
  });
}
