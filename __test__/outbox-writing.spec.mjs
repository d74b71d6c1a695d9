// Rows of outbox(): by a role that may do nothing but INSERT, in the order of the calls, and safe from a
// crash of the server once they are resolved.

import { createHash } from "node:crypto";
import test from "ava";
import { attachmentTableSql, Emitter, outboxSql } from "../index.js";
import { connectionStringOf, createDatabase, startPostgres } from "../tools/postgres.mjs";
import { createRoles, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { AUDITED_OUTBOX_SQL, relayFor } from "./support/relays.mjs";
import { BYTES, VALUES } from "./support/values.mjs";
import { broadcastText, isHeader, listenFor, messageOf, rowOf, text } from "./support/wire.mjs";

const ROLE = { user: "writer", password: "least" };
const TABLES = attachmentTableSql() + outboxSql();
const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, ROLE.password, "writer"),
});

const ODD = `"'\\é漢😀\u0000\u2028 $1 ?`;
const LONG_NAME = `/${"é".repeat(60)}`;
const bytes = Buffer.from([0, 128, 255]);
const nested = (value, depth) => {
  let whole = value;
  for (let level = 0; level < depth; level++) whole = level % 2 ? [whole] : { whole };
  return whole;
};

/** Each call, with every kind of argument. */
const CALLS = [
  (io) => io.emit("short"),
  (io) =>
    io
      .to("r", 42)
      .except(ODD)
      .volatile.compress(false)
      .emit(ODD, ODD, { [ODD]: ODD }),
  (io) => io.emit("deep", nested(1, 900)),
  (io) => io.emit("bytes", bytes, nested(bytes, 300), { a: [Buffer.alloc(0), new Uint16Array(3)] }),
  (io) => io.to("r").emit("9 kB", "x".repeat(9_000)),
  (io) => io.except("r").emit("1 MB", ODD.repeat(50_000), { bytes: Buffer.alloc(1e6, 7) }),
  ...Object.values(VALUES).map((make) => (io) => io.emit("value", make(), 0)),
  ...Object.values(BYTES).map(
    ([make]) =>
      (io) =>
        io.emit("bytes", make()),
  ),
  (io) => io.of("/admin").emit("admin", bytes),
  (io) => io.of(LONG_NAME).emit("a long name"),
  (io) => io.of(LONG_NAME).to("r").emit("a long name", bytes),
  (io) => io.in("a").socketsJoin(ODD, 7),
  (io) => io.socketsJoin(Array.from({ length: 2_000 }, (_, index) => `long room ${index}`)),
  (io) => io.except("a").socketsLeave("b"),
  (io) => io.in("a").disconnectSockets(true),
  (io) => io.disconnectSockets(),
  (io) => io.serverSideEmit("reload", 1, ODD),
  (io) => io.serverSideEmit("reload", "é".repeat(9_000)),
  (io) => io.of("/admin").serverSideEmit("reload", { bytes }),
];

/** Awaits one call after the other. */
async function inTurn(io, calls = CALLS) {
  for (const call of calls) await call(io);
}

for (const outboxTable of ["socket_io_outbox", '"My App"."Out ""box"" $1 ?"']) {
  test(`a role with INSERT alone writes what emit() sends: ${outboxTable}`, async (t) => {
    const database = await postgres.database(`CREATE SCHEMA "My App"; ${attachmentTableSql()}
      ${outboxSql(outboxTable)} GRANT USAGE ON SCHEMA "My App" TO writer;
      GRANT INSERT ON ${outboxTable} TO writer;`);
    const config = { ...database.config, ...ROLE };
    const channels = ["/", "/admin", LONG_NAME].map((nsp) => `socket.io#${nsp}`);
    const listener = await listenFor(t, database, channels);
    const options = { outboxTable };
    const direct = emitterFor(t, database, "/", options);
    const client = await database.pool({ ...ROLE, max: 1 }).connect();
    t.teardown(() => client.release());
    const writing = emitterFor(t, connectionStringOf(config), "/", options);
    await inTurn(direct);
    await client.query("BEGIN");
    await inTurn(writing.outbox(client));
    await client.query("COMMIT");
    await inTurn(Emitter.outbox(client, "/", options));
    await inTurn(writing.outbox());
    // In one run of JavaScript, so that they share statements.
    const outbox = writing.outbox();
    await Promise.all(CALLS.map((call) => call(outbox)));
    const relay = relayFor(t, direct);
    await relay.drain();
    t.like(await relay.stats(), { published: 4 * CALLS.length, failed: 0, waiting: 0 });
    const pool = database.pool({ max: 1 });
    const heard = [];
    for (const each of await listener.next(5 * CALLS.length)) {
      // What is long is compared quickly; of JSON, the escapes may differ.
      const sent = isHeader(each)
        ? (await rowOf(pool, each)).toString("latin1")
        : JSON.stringify(JSON.parse(each.payload));
      heard.push(
        createHash("sha256")
          .update(each.channel + sent)
          .digest("hex"),
      );
    }
    const expected = heard.splice(0, CALLS.length);
    while (heard.length > 0) {
      for (const [index, each] of heard.splice(0, CALLS.length).entries()) {
        t.is(each, expected[index], String(CALLS[index]));
      }
    }
    for (const verb of ["SELECT count(*) FROM", "DELETE FROM"]) {
      await t.throwsAsync(client.query(`${verb} ${outboxTable}`), { code: "42501" });
    }
  });
}

test("one thousand equal calls are one thousand deliveries, in a transaction and without", async (t) => {
  const database = await postgres.database(TABLES);
  const listener = await listenFor(t, database);
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  await client.query("BEGIN");
  const inside = Emitter.outbox(client);
  await Promise.all(Array.from({ length: 1_000 }, () => inside.emit("same", { id: 17 })));
  await client.query("COMMIT");
  const io = emitterFor(t, database);
  const outbox = io.outbox();
  await Promise.all(Array.from({ length: 1_000 }, () => outbox.emit("same", { id: 17 })));
  const relay = relayFor(t, io);
  await relay.drain();
  const heard = await listener.next(2_000);
  t.deepEqual(new Set(heard.map(text)), new Set([broadcastText(["same", { id: 17 }])]));
  t.is((await relay.stats()).published, 2_000);
  t.is(listener.messages.length, 2_000);
});

test("one transaction keeps its order, namespaces mixed and attachments included", async (t) => {
  const database = await postgres.database(TABLES);
  const names = ["/", "/a", "/b"];
  const listener = await listenFor(
    t,
    database,
    names.map((name) => `socket.io#${name}`),
  );
  const pool = database.pool({ max: 2 });
  const io = emitterFor(t, database);
  relayFor(t, io);
  const count = 600;
  const emitAll = (outbox, tag) =>
    Array.from({ length: count }, (_, n) => {
      const more = n % 7 === 0 ? [Buffer.from([n])] : n % 11 === 0 ? ["x".repeat(9_000)] : [];
      return outbox.of(names[n % 3]).emit(tag, n, ...more);
    });
  const client = await pool.connect();
  await client.query("BEGIN");
  await Promise.all(emitAll(Emitter.outbox(client), "inside"));
  await client.query("COMMIT");
  client.release();
  await Promise.all(emitAll(io.outbox(), "own"));
  const heard = [];
  for (const each of await listener.next(2 * count)) {
    const { nsp, data } = await messageOf(pool, each);
    heard.push([nsp, ...data.packet.data.slice(0, 2)]);
  }
  const expected = ["inside", "own"].flatMap((tag) =>
    Array.from({ length: count }, (_, n) => [names[n % 3], tag, n]),
  );
  t.deepEqual(heard, expected);
});

test("what committed before another's INSERT began is published before it", async (t) => {
  const database = await postgres.database(TABLES);
  const listener = await listenFor(t, database);
  const pool = database.pool({ max: 4 });
  const [early, late] = [await pool.connect(), await pool.connect()];
  t.teardown(() => [early, late].map((client) => client.release()));
  const io = emitterFor(t, database);
  const relay = relayFor(t, io);
  const heard = async (count) =>
    (await listener.next(count)).map((each) => JSON.parse(each.payload).data.packet.data);
  for (let round = 0; round < 20; round++) {
    await early.query("BEGIN");
    await Emitter.outbox(early).emit("early", round);
    await late.query("BEGIN");
    await Emitter.outbox(late).emit("late", round);
    await io.outbox().emit("between", round);
    // Published, though ids below its own are not.
    if (round % 2) t.deepEqual(await heard(1), [["between", round]]);
    await late.query("COMMIT");
    await io.outbox().emit("after late", round);
    await early.query("COMMIT");
    await io.outbox().emit("after both", round);
    await relay.drain();
    const order = (await heard(round % 2 ? 4 : 5)).map(([name]) => name);
    for (const [first, second] of [
      ["late", "after late"],
      ["early", "after both"],
      ["after late", "after both"],
    ]) {
      t.true(order.indexOf(first) < order.indexOf(second), `${round}: ${order}`);
    }
  }
});

test("rolled back, to a savepoint too: what was never committed is never published", async (t) => {
  const database = await postgres.database(TABLES);
  const listener = await listenFor(t, database);
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  const io = emitterFor(t, database);
  const relay = relayFor(t, io);
  const outbox = io.outbox(client);
  await client.query("BEGIN");
  await outbox.emit("lost", Buffer.from("b"));
  await client.query("ROLLBACK; BEGIN");
  await outbox.emit("kept");
  await client.query("SAVEPOINT s");
  await outbox.emit("lost");
  await client.query("ROLLBACK TO s; COMMIT");
  await relay.drain();
  await io.emit("end");
  t.deepEqual((await listener.next(2)).map(text), [
    broadcastText(["kept"]),
    broadcastText(["end"]),
  ]);
});

test("outbox(): what was resolved survives a crash, whatever the server's settings, and is published once", async (t) => {
  // Without a word to the contrary a commit would be on disk after ten seconds.
  const server = await startPostgres({
    settings: { synchronous_commit: "off", wal_writer_delay: "10s" },
  });
  t.teardown(() => server.stop());
  const database = await createDatabase(server, "crash", AUDITED_OUTBOX_SQL);
  const io = emitterFor(t, database, "/", { errorHandler: () => {} });
  const outbox = io.outbox();
  const resolved = new Set();
  const calls = [];
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      const n = calls.length;
      calls.push(
        outcome(
          outbox.emit("load", n, "x".repeat(n % 100)).then(() => {
            resolved.add(n);
          }),
        ),
      );
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  await eventually(() => resolved.size > 500, "messages are written");
  await server.crash();
  const before = [...resolved];
  await server.start();
  await eventually(() => resolved.size > before.length, "it goes on");
  isOver = true;
  await writing;
  await Promise.all(calls);
  await relayFor(t, io).drain();
  const { rows } = await database
    .pool({ max: 1 })
    .query("SELECT n FROM removed ORDER BY batch, outbox_id");
  const published = rows.map(({ n }) => n);
  t.is(new Set(published).size, published.length, "none twice");
  t.deepEqual(
    published,
    [...published].sort((a, b) => a - b),
  );
  const all = new Set(published);
  t.deepEqual(
    [...resolved].filter((n) => !all.has(n)),
    [],
    "none lost",
  );
  t.log(`${before.length} before the crash, ${resolved.size} in all, ${calls.length} calls`);
});
