// A relay: without its tables, beside others, at rest, and at its end.

import test from "ava";
import { attachmentTableSql, Emitter, outboxSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { relayFor, relaying } from "./support/relays.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const SQL = `${attachmentTableSql()}${outboxSql()}`;

test("an outbox that goes away is told once, and nothing else is; it goes on when it is back", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const { relay, errors } = relaying(t, database);
  await relay.drain();
  await pool.query("DROP TABLE socket_io_outbox");
  await eventually(() => errors.length > 0, "it is told");
  // Long enough for several tries more.
  await t.throwsAsync(relay.stats(), { code: "42P01" });
  await t.throwsAsync(relay.stats(), { code: "42P01" });
  await pool.query(outboxSql());
  await emitterFor(t, database).outbox().emit("back");
  t.is(text((await listener.next())[0]), broadcastText(["back"]));
  t.deepEqual(
    errors.map(({ code }) => code),
    ["42P01"],
  );
});

test("a relay says which of its tables is missing", async (t) => {
  const hints = async (sql) => {
    const { errors } = relaying(t, await postgres.database(sql));
    await eventually(() => errors.length > 0, "it is told");
    return errors.map(({ code, hint }) => [code, /\w+Sql\(\)/.exec(hint)[0]]);
  };
  t.deepEqual(await hints(""), [["42P01", "outboxSql()"]]);
  t.deepEqual(await hints(attachmentTableSql()), [["42P01", "outboxSql()"]]);
  t.deepEqual(await hints(outboxSql()), [["42P01", "attachmentTableSql()"]]);
});

test("one is active, the others stand by, and what any of them waits for is published", async (t) => {
  const database = await postgres.database(SQL);
  const first = relaying(t, database);
  await eventually(() => first.relay.state === "active", "the first is active");
  const second = relaying(t, database);
  await eventually(() => second.relay.state === "standby", "the second stands by");
  const outbox = emitterFor(t, database).outbox();
  await Promise.all(Array.from({ length: 500 }, (_, n) => outbox.emit("e", n)));
  await second.relay.drain();
  const { published, waiting } = await second.relay.stats();
  t.deepEqual([published, waiting], [0, 0]);
  t.is((await first.relay.stats()).published, 500);
  await Promise.all([first.relay.close(), first.relay.close()]);
  // In between, the other may have been a moment earlier.
  t.regex(`${first.states}`, /^active(,standby,active)*(,standby)?,closed$/);
  await eventually(() => second.relay.state === "active", "the second goes on");
  t.is(first.errors.length + second.errors.length, 0);
});

const ANEW = {
  "emptied, its ids beginning anew": "TRUNCATE socket_io_outbox RESTART IDENTITY",
  "made anew": `BEGIN; DROP TABLE socket_io_outbox; ${outboxSql()} COMMIT`,
  "written anew": "VACUUM FULL socket_io_outbox",
};
for (const [how, sql] of Object.entries(ANEW)) {
  test(`an outbox that is ${how} is looked through from its beginning`, async (t) => {
    const database = await postgres.database(SQL);
    const listener = await listenFor(t, database);
    const { emitter, relay, errors } = relaying(t, database);
    const outbox = emitter.outbox();
    for (let n = 0; n < 5; n++) await outbox.emit("before", n);
    await relay.drain();
    await listener.next(5);
    await database.pool({ max: 1 }).query(sql);
    await outbox.emit("after");
    t.is(text((await listener.next())[0]), broadcastText(["after"]));
    t.deepEqual(errors, []);
  });
}

test("a relay that rarely looks keeps its connection, and is woken", async (t) => {
  const database = await postgres.database(SQL);
  const listener = await listenFor(t, database);
  const { emitter, relay, states } = relaying(t, database, { pollMillis: 60_000 });
  await relay.drain();
  const pool = database.pool({ max: 1 });
  const begun = async () => {
    const { rows } = await pool.query(
      `SELECT DISTINCT extract(epoch FROM xact_start)::int AS second FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    return rows[0]?.second;
  };
  const first = await eventually(begun, "it is in a transaction");
  // For longer than a transaction may be idle.
  await eventually(async () => (await begun()) >= first + 7, "it begins others");
  await emitter.outbox().emit("woken");
  relay.wake();
  t.is(text((await listener.next())[0]), broadcastText(["woken"]));
  t.deepEqual(states, ["active"]);
});

test("a relay that looks every other second does look", async (t) => {
  const database = await postgres.database(SQL);
  const listener = await listenFor(t, database);
  const { emitter, relay } = relaying(t, database, { pollMillis: 1_500 });
  await relay.drain();
  await emitter.outbox().emit("e");
  await listener.next();
  // The notification may be here before the relay knows of its commit.
  await eventually(() => relay.state !== "connecting", "it knows");
  t.is(relay.state, "active");
});

test("a right that is missing for one row is told once for as long as it is", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  await pool.query(
    `CREATE ROLE half LOGIN PASSWORD 'half'; GRANT SELECT, DELETE ON socket_io_outbox TO half;
     GRANT INSERT (payload, created_at), SELECT (id) ON socket_io_attachments TO half;
     INSERT INTO socket_io_outbox (channel, payload) VALUES ('c', 'no message')`,
  );
  const errors = [];
  const half = connectionStringOf({ ...database.config, user: "half", password: "half" });
  const relay = relayFor(t, emitterFor(t, half), { errorHandler: ({ code }) => errors.push(code) });
  await eventually(() => errors.length > 0, "it is told");
  // Answered between two tries.
  for (let n = 0; n < 3; n++) await relay.stats();
  t.deepEqual(errors, ["42501"]);
  await pool.query("GRANT UPDATE (error) ON socket_io_outbox TO half");
  await relay.drain();
  t.deepEqual(errors, ["42501", "ERR_SET_ASIDE"]);
});

test("drain() waits for the session that has the lock, and close() ends the wait", async (t) => {
  const database = await postgres.database(SQL);
  const other = await database.pool({ max: 1 }).connect();
  t.teardown(() => other.release());
  // "soio" in ASCII, and the table: a relay that does nothing.
  const lock =
    "SELECT pg_advisory_xact_lock((1936681327::bigint << 32) + 'socket_io_outbox'::regclass::oid::bigint)";
  await other.query(`BEGIN; ${lock}`);
  const { emitter, relay, states } = relaying(t, database);
  await emitter.outbox().emit("e");
  const drained = relay.drain();
  await eventually(() => relay.state === "standby", "it stands by");
  t.is((await relay.stats()).waiting, 1);
  t.is(await Promise.race([drained, "waits"]), "waits");
  await other.query("COMMIT");
  await drained;
  t.is((await relay.stats()).published, 1);

  await relay.close();
  await other.query(`BEGIN; ${lock}`);
  await emitter.outbox().emit("e");
  const late = relayFor(t, emitter);
  const never = late.drain();
  await eventually(() => late.state === "standby", "it stands by");
  // Twice, in two ways.
  await Promise.all([late.close(), late[Symbol.asyncDispose]()]);
  await t.throwsAsync(never, { code: "ERR_CLOSED" });
  await other.query("COMMIT");
  t.deepEqual(states, ["standby", "active", "closed"]);
});

test("a relay that never got a connection is closed at once, with what it was asked", async (t) => {
  const relay = relayFor(t, emitterFor(t, NOWHERE, "/", { errorHandler: () => {} }));
  const asked = [relay.drain(), relay.stats()];
  t.is(relay.state, "connecting");
  await relay.close();
  for (const each of asked) await t.throwsAsync(each, { code: "ERR_CLOSED" });
});

test("a signal that was aborted before: the relay is closed at once, and told of once", async (t) => {
  const database = await postgres.database(SQL);
  const { emitter, relay, states } = relaying(t, database, { signal: AbortSignal.abort() });
  await t.throwsAsync(relay.drain(), { code: "ERR_CLOSED" });
  await relay.close();
  t.deepEqual(states, ["closed"]);
  await emitter.close();
  t.throws(() => emitter.relay(), { code: "ERR_CLOSED" });
});

test("without a handler the process is warned once, and not of a loss", async (t) => {
  const database = await postgres.database();
  const warnings = [];
  const onWarning = ({ name, code, message }) =>
    name === "EmitterWarning" && warnings.push([code, message]);
  process.on("warning", onWarning);
  t.teardown(() => process.off("warning", onWarning));
  const emitter = new Emitter(database.connectionString);
  t.teardown(() => emitter.close());
  const relay = relayFor(t, emitter);
  await eventually(() => warnings.length > 0, "it is told");
  await t.throwsAsync(relay.stats(), { code: "42P01" });
  await emitter.ensureTable();
  await emitter.ensureOutbox();
  await relay.drain();
  t.is(warnings.length, 1);
  const [[code, message]] = warnings;
  t.is(code, "42P01");
  t.regex(message, /no message is lost/);
});

test("closed, by a signal too, it refuses what it is asked", async (t) => {
  const database = await postgres.database(SQL);
  const stop = new AbortController();
  const { relay, states } = relaying(t, database, { signal: stop.signal });
  await relay.drain();
  stop.abort();
  await relay.close();
  t.deepEqual(states, ["active", "closed"]);
  await t.throwsAsync(relay.drain(), { code: "ERR_CLOSED" });
  await t.throwsAsync(relay.stats(), { code: "ERR_CLOSED" });
  relay.wake();
  t.is(relay.state, "closed");
});

test("options that are none are refused", (t) => {
  const emitter = emitterFor(t, "postgres://127.0.0.1:1/db");
  for (const options of [
    { batchSize: 0 },
    { batchSize: 4_096 },
    { pollMillis: 0 },
    { polMillis: 5 },
    { errorHandler: 5 },
    { signal: 5 },
  ]) {
    const error = t.throws(() => emitter.relay(options), undefined, JSON.stringify(options));
    t.regex(error.code, /^ERR_INVALID_ARG_/);
  }
  t.throws(() => emitter.using({ query() {} }).relay(), { code: "ERR_NOT_SUPPORTED" });
});
