// What a relay is asked while it works, waits, or cannot work.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { endSessions, eventually, usePostgres, waitingForLocks } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relaying } from "./support/relays.mjs";
import { listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const SQL = `${attachmentTableSql()}${outboxSql()}`;
const MESSAGE = '{"type":3}';

test("a backlog delays neither stats() nor close()", async (t) => {
  const database = await postgres.database(`${SQL}
    INSERT INTO socket_io_outbox (channel, payload)
      SELECT 'socket.io#/', '${MESSAGE}' FROM generate_series(1, 50000)`);
  const { emitter, relay } = relaying(t, database, { batchSize: 1 });
  await eventually(() => relay.state === "active", "it is active");
  const { waiting } = await relay.stats();
  t.true(waiting > 0);
  const drained = t.throwsAsync(relay.drain(), { code: "ERR_CLOSED" });
  await relay.close();
  await drained;
  t.true((await emitter.outboxStatus()).waiting > 0);
});

test("drain() waits for no poll, and a relay that stands by goes on meanwhile", async (t) => {
  const database = await postgres.database(SQL);
  const first = relaying(t, database, { pollMillis: 60_000 });
  await eventually(() => first.relay.state === "active", "the first is active");
  const outbox = emitterFor(t, database).outbox();
  await outbox.emit("e", 1);
  await first.relay.drain();
  const second = relaying(t, database, { pollMillis: 60_000 });
  await eventually(() => second.relay.state === "standby", "the second stands by");
  await outbox.emit("e", 2);
  const drained = second.relay.drain();
  await first.relay.close();
  await drained;
  t.is((await first.emitter.outboxStatus()).waiting, 0);
});

test("drain() waits for rows that come where ids have passed, and so do those after them", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  const { emitter, relay } = relaying(t, database);
  const listener = await listenFor(t, database);
  for (const id of [100, 100, 7, "9223372036854775807", "-9223372036854775808", 8]) {
    await pool.query(
      `INSERT INTO socket_io_outbox (id, channel, payload) OVERRIDING SYSTEM VALUE
       VALUES ($1, 'socket.io#/', '${MESSAGE}')`,
      [id],
    );
    await relay.drain();
    t.is((await emitter.outboxStatus()).waiting, 0, `${id}`);
    t.is(text((await listener.next())[0]), MESSAGE);
  }
});

test("what the server refuses is what drain() says, and the connection stays", async (t) => {
  const database = await postgres.database();
  const { emitter, relay, states } = relaying(t, database);
  const refused = { code: "42P01" };
  await Promise.all([relay.drain(), relay.drain()].map((each) => t.throwsAsync(each, refused)));
  t.deepEqual(states, []);
  await emitter.ensureTable();
  await emitter.ensureOutbox();
  await relay.drain();
  await eventually(() => states.length > 0, "it is active");
  t.deepEqual(states, ["active"]);
});

test("a relay that may not publish is never active", async (t) => {
  const database = await postgres.database(`${SQL}
    CREATE ROLE reader LOGIN PASSWORD 'secret'; GRANT SELECT ON socket_io_outbox TO reader`);
  const url = new URL(database.connectionString);
  Object.assign(url, { username: "reader", password: "secret" });
  const { relay, errors, states } = relaying(t, { connectionString: url.href });
  await eventually(() => errors.length > 0, "it is told");
  await relay.stats();
  t.deepEqual([errors.map(({ code }) => code), states], [["42501"], []]);
});

test("a table that is locked holds up close() for a few seconds only, and loses nothing", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 2 });
  const listener = await listenFor(t, database);
  const { relay } = relaying(t, database);
  await relay.drain();
  const client = await pool.connect();
  await client.query("BEGIN; LOCK TABLE socket_io_outbox IN ACCESS EXCLUSIVE MODE");
  await client.query(
    `INSERT INTO socket_io_outbox (channel, payload) VALUES ('socket.io#/', '${MESSAGE}')`,
  );
  const { length } = await eventually(async () => {
    const waiting = await waitingForLocks(pool);
    return waiting.length > 0 && waiting;
  }, "the relay waits for the lock");
  t.is(length, 1);
  await relay.close();
  t.is(relay.state, "closed");
  await client.query("COMMIT");
  client.release();
  await relaying(t, database).relay.drain();
  t.is(text((await listener.next())[0]), MESSAGE);
});

test("a row that the server cannot read out is set aside, and holds nothing up", async (t) => {
  const { server } = postgres;
  const admin = server.pool({ max: 1 });
  await admin.query(
    "CREATE DATABASE windows ENCODING 'WIN1252' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
  );
  const database = server.open("windows");
  // A byte that stands for no character there.
  await database.pool({ max: 1 }).query(`${SQL}
    INSERT INTO socket_io_outbox (channel, payload) VALUES
      ('socket.io#/', '{"type":3,"a":"' || repeat(chr(129), 9000) || '"}'), ('socket.io#/', '${MESSAGE}')`);
  const listener = await listenFor(t, database);
  const { relay, errors } = relaying(t, database);
  await relay.drain();
  t.is(text((await listener.next())[0]), MESSAGE);
  t.deepEqual(
    errors.map(({ code, cause }) => [code, cause.code]),
    [["ERR_SET_ASIDE", "22P05"]],
  );
});

test("a session that is forgotten in a transaction keeps no gap open, if it wrote elsewhere", async (t) => {
  const database = await postgres.database(`${SQL} CREATE TABLE elsewhere (n int)`);
  const pool = database.pool({ max: 2 });
  const { emitter, relay } = relaying(t, database, { pollMillis: 10 });
  await relay.drain();
  const forgotten = await pool.connect();
  t.teardown(() => forgotten.release(true));
  await forgotten.query("BEGIN; INSERT INTO elsewhere VALUES (1)");
  for (let n = 0; n < 100; n++) {
    await pool.query(
      `BEGIN; INSERT INTO socket_io_outbox (channel, payload) VALUES ('c', '{}'); ROLLBACK`,
    );
    await emitter.outbox().emit("e", n);
  }
  await relay.drain();
  // Each gap is a scan of its own in each look.
  const scans = async () => {
    const { rows } = await pool.query(
      "SELECT idx_scan::int AS n FROM pg_stat_user_tables WHERE relname = 'socket_io_outbox'",
    );
    return rows[0].n;
  };
  let before = await scans();
  let since = performance.now();
  await eventually(async () => {
    const millis = performance.now() - since;
    if (millis < 1_500) return false;
    const now = await scans();
    const each = (now - before) / (millis / 10);
    [before, since] = [now, performance.now()];
    return each > 0 && each < 5;
  }, "a look is a few scans");
  t.pass();
});

test("what a relay removes autovacuum learns of while it works", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  const { relay } = relaying(t, database);
  await relay.drain();
  await pool.query(`INSERT INTO socket_io_outbox (channel, payload)
    SELECT 'socket.io#/', '${MESSAGE}' FROM generate_series(1, 1000)`);
  await relay.drain();
  await eventually(async () => {
    const { rows } = await pool.query(
      "SELECT n_tup_del::int AS n FROM pg_stat_user_tables WHERE relname = 'socket_io_outbox'",
    );
    return rows[0].n === 1_000;
  }, "the server knows that the rows are gone");
  t.is(relay.state, "active");
});

test("a session that ends while drain() waits: it waits on", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 2 });
  const { emitter, relay } = relaying(t, database);
  await relay.drain();
  const client = await pool.connect();
  await client.query(`BEGIN; LOCK TABLE socket_io_outbox IN ACCESS EXCLUSIVE MODE;
    INSERT INTO socket_io_outbox (channel, payload) VALUES ('socket.io#/', '${MESSAGE}')`);
  const drained = relay.drain();
  // It asks how far it goes.
  await eventually(
    async () => (await waitingForLocks(pool)).length > 0,
    "the relay waits for the lock",
  );
  t.is(await endSessions(pool), 1);
  await client.query("COMMIT");
  client.release();
  await drained;
  t.is((await emitter.outboxStatus()).waiting, 0);
});
