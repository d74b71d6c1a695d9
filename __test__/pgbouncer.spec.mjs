// Publishing through PgBouncer in transaction mode, where each transaction may get another session
// of the server: nothing may depend on the one before.

import test from "ava";
import pg from "pg";
import { attachmentTableSql, Emitter, outboxSql } from "../index.js";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer, throughPgbouncer } from "./support/pgbouncer.mjs";
import { relayFor } from "./support/relays.mjs";
import { broadcastText, listenFor, messageOf, text } from "./support/wire.mjs";

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
let pooler;
const postgres = usePostgres(test, {
  async setUp({ server }) {
    if (version) pooler = await startPgbouncer(server);
  },
  tearDown: () => pooler?.stop(),
});

const { pooled, through } = throughPgbouncer(test, version);

function open(t, database, connection = {}, options = {}) {
  const settings = { ...database.config, port: pooler.config.port, ...connection };
  const emitter = new Emitter(settings, "/", { errorHandler: () => {}, ...options });
  t.teardown(() => emitter.close());
  return emitter;
}

pooled(`every kind of message arrives through ${through}`, async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database, ["socket.io#/", "socket.io#/admin"]);
  const emitter = open(t, database);
  await emitter.connect();
  await emitter.ensureTable();
  const bytes = Buffer.from([0, 1, 255]);
  const long = "x".repeat(20_000);
  await Promise.all([
    emitter.emit("short", 1),
    emitter.of("/admin").to("r").emit("short", 2),
    emitter.emit("bytes", bytes),
    emitter.emit("long", long),
    emitter.socketsJoin("r"),
    emitter.serverSideEmit("hello"),
  ]);
  // What others on this server have not read yet is a page of the queue.
  t.true((await emitter.queueUsage()) < 0.001);
  const notifications = await listener.next(6);
  const messages = [];
  for (const notification of notifications) messages.push(await messageOf(pool, notification));
  t.deepEqual(
    messages.map(({ nsp, type, data }) => [nsp, type, data.packet?.data?.[0] ?? data.packet?.[0]]),
    [
      ["/", 3, "short"],
      ["/admin", 3, "short"],
      ["/", 3, "bytes"],
      ["/", 3, "long"],
      ["/", 4, undefined],
      ["/", 9, "hello"],
    ],
  );
  t.deepEqual(Buffer.from(messages[2].data.packet.data[1]), bytes);
  t.is(messages[3].data.packet.data[1], long);
});

pooled(`the outbox, written and published through ${through}`, async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database, ["socket.io#/", "socket.io#/admin"]);
  const way = await anotherWay(t, database, { poolSize: 4, takesTurns: true });
  const emitter = open(t, database, way);
  await emitter.ensureTable();
  await emitter.ensureOutbox();
  const relays = [1, 2].map(() => relayFor(t, emitter));
  const clients = new pg.Pool({ ...way, max: 1 });
  t.teardown(() => clients.end());
  const client = await clients.connect();
  const bytes = Buffer.from([0, 1, 255]);
  const expected = [];
  for (const outbox of [emitter.outbox(client), emitter.outbox()]) {
    await client.query("BEGIN");
    for (let n = 0; n < 200; n++) {
      const arg = n % 5 ? n : n % 2 ? "x".repeat(9_000) : bytes;
      await outbox.of(n % 3 ? "/" : "/admin").emit("e", n % 7 ? n : 0, arg);
      expected.push([n % 3 ? "/" : "/admin", n % 7 ? n : 0]);
    }
    await client.query("COMMIT");
  }
  client.release();
  await Promise.all(relays.map((relay) => relay.drain()));
  const pool = database.pool({ max: 1 });
  const heard = [];
  for (const notification of await listener.next(expected.length)) {
    const { nsp, data } = await messageOf(pool, notification);
    heard.push([nsp, data.packet.data[1]]);
  }
  t.deepEqual(heard, expected);
  t.is(listener.messages.length, expected.length);
  t.like(await relays[0].stats(), { waiting: 0, failed: 0 });
});

pooled(`two emitters take turns on one session of the server, through ${through}`, async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const emitters = [open(t, database), open(t, database)];
  await emitters[0].ensureTable();
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      emitters.flatMap((emitter, index) => [
        emitter.emit("turn", index, round),
        emitter.emit("bytes", Buffer.from([round])),
      ]),
    );
  }
  const notifications = await listener.next(rounds * 4);
  for (const index of [0, 1]) {
    const own = Array.from({ length: rounds }, (_, round) => broadcastText(["turn", index, round]));
    const texts = notifications.map(text);
    t.deepEqual(
      texts.filter((each) => own.includes(each)),
      own,
    );
  }
  const pool = database.pool({ max: 1 });
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = $1 AND application_name = 'socket.io-postgres-emitter'`,
    [database.config.database],
  );
  t.is(rows[0].n, 1, "PgBouncer's one session");
});

pooled(`a session that the server ends is no loss, through ${through}`, async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const emitter = open(t, database);
  await emitter.emit("before");
  await endSessions(pool, { waits: false });
  await emitter.emit("after");
  t.deepEqual(
    (await listener.next(2)).map(text),
    ["before", "after"].map((e) => broadcastText([e])),
  );
});

pooled(`options that the user gave reach ${through}, which refuses them`, async (t) => {
  const database = await postgres.database();
  const emitter = open(t, database, { options: "-c search_path=public" });
  await t.throwsAsync(emitter.connect(), { code: "08P01" });
});

pooled(`connect tells a wrong password and an unknown database, through ${through}`, async (t) => {
  const database = await postgres.database();
  // PgBouncer has one code for all of it; newer ones have PostgreSQL's.
  for (const [wrong, code] of [
    [{ password: "wrong" }, "28P01"],
    [{ database: "no-such-database" }, "3D000"],
  ]) {
    const error = await t.throwsAsync(open(t, database, wrong).connect());
    t.true(["08P01", code].includes(error.code), error.code);
  }
});

pooled(`answers are refused through ${through}, and come another way`, async (t) => {
  const database = await postgres.database();
  const emitter = open(t, database);
  for (let round = 0; round < 2; round++) {
    await t.throwsAsync(emitter.fetchSockets(), { code: "ERR_LISTENER_POOLED" });
  }
  const around = open(t, database, {}, { listenConnection: database.config, discoveryMillis: 50 });
  t.deepEqual(await around.fetchSockets(), []);
});

/** A PgBouncer of another mode. */
async function another(t, how) {
  const other = await startPgbouncer(postgres.server, how);
  t.teardown(() => other.stop());
  return other;
}

/** Settings for `database` through a PgBouncer of another mode. */
async function anotherWay(t, database, how) {
  const other = await another(t, how);
  return { ...database.config, port: other.config.port };
}

for (const poolSize of [1, 3]) {
  const sessions = `${poolSize} session${poolSize > 1 ? "s" : ""}`;

  for (const mode of ["transaction", "statement"]) {
    pooled(`answers are refused in ${mode} mode with ${sessions}, ${through}`, async (t) => {
      const database = await postgres.database();
      const listenConnection = await anotherWay(t, database, { mode, poolSize });
      const emitter = open(t, database, database.config, { listenConnection });
      await t.throwsAsync(emitter.fetchSockets(), { code: "ERR_LISTENER_POOLED" });
    });
  }

  pooled(`answers come in session mode with ${sessions}, ${through}`, async (t) => {
    const database = await postgres.database();
    const listenConnection = await anotherWay(t, database, { mode: "session", poolSize });
    const options = { listenConnection, discoveryMillis: 50 };
    const emitter = open(t, database, database.config, options);
    t.deepEqual(await emitter.fetchSockets(), []);
    t.deepEqual(await emitter.serverSideEmitWithAck("e"), []);
  });
}

pooled(`to look for a pooler costs it no session, ${through}`, async (t) => {
  const database = await postgres.database();
  const { config, log } = await another(t, { mode: "session", poolSize: 2 });
  const listenConnection = { ...database.config, port: config.port };
  const emitter = open(t, database, database.config, { listenConnection, discoveryMillis: 50 });
  t.deepEqual(await emitter.fetchSockets(), []);
  await eventually(() => log.join("").includes("client close request"), "it said goodbye");
  // Of a client that goes in mid-transaction the session goes, too.
  t.notRegex(log.join(""), /server was not ready/);
});

pooled(`answers are refused where two sessions take turns, ${through}`, async (t) => {
  const database = await postgres.database();
  const how = { mode: "transaction", poolSize: 2, takesTurns: true };
  const listenConnection = await anotherWay(t, database, how);
  // Both are there: the next to come are given one after the other.
  const clients = [1, 2].map(() => new pg.Client(listenConnection));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.query("BEGIN")));
  await Promise.all(clients.map((client) => client.query("COMMIT")));
  await Promise.all(clients.map((client) => client.end()));
  const emitter = open(t, database, database.config, { listenConnection });
  await t.throwsAsync(emitter.fetchSockets(), { code: "ERR_LISTENER_POOLED" });
});

pooled(`answers and messages share the two sessions of a pool, ${through}`, async (t) => {
  const database = await postgres.database();
  const way = await anotherWay(t, database, { mode: "session", poolSize: 2 });
  const emitter = open(t, database, way, { discoveryMillis: 50 });
  await emitter.emit("e");
  t.deepEqual(await emitter.fetchSockets(), []);
});

pooled(`PAUSE of ${through} waits for no relay that has nothing to do`, async (t) => {
  const database = await postgres.database(`${attachmentTableSql()}${outboxSql()}`);
  const way = await anotherWay(t, database, { mode: "transaction", poolSize: 2 });
  const emitter = open(t, database, way);
  const relay = relayFor(t, emitter);
  await relay.drain();
  const admin = new pg.Client({ ...way, database: "pgbouncer" });
  await admin.connect();
  try {
    await admin.query(`PAUSE ${way.database}`);
    await admin.query(`RESUME ${way.database}`);
  } finally {
    await admin.end();
  }
  await emitter.outbox().emit("e");
  await relay.drain();
  t.is((await emitter.outboxStatus()).waiting, 0);
});
