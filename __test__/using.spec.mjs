// Messages inside the caller's own transaction: what is sent, when, and in which order.

import { setImmediate } from "node:timers/promises";
import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { openWith, recording } from "./support/using.mjs";
import {
  broadcast,
  broadcastText,
  isHeader,
  listenFor,
  message,
  messageOf,
  rowOf,
  TYPE,
  text,
} from "./support/wire.mjs";

const postgres = usePostgres(test);

const open = openWith(postgres);

const BYTES = Buffer.from([0, 255]);

test("a message arrives with the commit, and not without it", async (t) => {
  const { client, pool, listener } = await open(t);
  const io = Emitter.using(client);
  for (const end of ["ROLLBACK", "COMMIT"]) {
    await client.query("BEGIN");
    await io.to("a").emit("e", end);
    await io.to("a").emit("bytes", end, BYTES);
    t.is(listener.messages.length, 0);
    await client.query(end);
  }
  const [inline, header] = await listener.next(2);
  t.is(text(inline), broadcastText(["e", "COMMIT"], { rooms: ["a"] }));
  const { data } = await messageOf(pool, header);
  t.is(data.packet.data[1], "COMMIT");
  t.deepEqual([...data.packet.data[2]], [...BYTES]);
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM socket_io_attachments");
  t.is(rows[0].n, 1);
});

test("every call, in its namespace, with its targets", async (t) => {
  const { client, listener } = await open(t);
  const io = emitterFor(t, NOWHERE, "/admin");
  const admin = await listenFor(t, { config: client.connectionParameters }, "socket.io#/admin");
  const using = io.using(client);
  t.true(using instanceof Emitter);
  t.deepEqual([using.nsp, using.channel], ["/admin", "socket.io#/admin"]);
  const opts = { rooms: ["a", 1], except: ["b"] };
  const target = using.to("a").in(1).except("b");
  await target.volatile.compress(false).emit("e", 1);
  await target.socketsJoin("x", 2);
  await target.socketsLeave("x");
  await target.disconnectSockets();
  await target.disconnectSockets(true);
  await target.serverSideEmit("ev", { a: 1 });
  await using.of("/").emit("main");
  t.deepEqual(
    (await admin.next(6)).map((each) => JSON.parse(each.payload)),
    [
      broadcast(["e", 1], { nsp: "/admin", ...opts, flags: { volatile: true, compress: false } }),
      message(TYPE.JOIN, { opts, rooms: ["x", 2] }, "/admin"),
      message(TYPE.LEAVE, { opts, rooms: ["x"] }, "/admin"),
      message(TYPE.DISCONNECT, { opts, close: false }, "/admin"),
      message(TYPE.DISCONNECT, { opts, close: true }, "/admin"),
      message(TYPE.SERVER_SIDE_EMIT, { packet: ["ev", { a: 1 }] }, "/admin"),
    ],
  );
  t.is(text((await listener.next())[0]), broadcastText(["main"]));
});

test("an executor is whatever has query, or a function", async (t) => {
  const { client, pool, listener } = await open(t);
  const executors = [client, pool, (text, values) => client.query({ text, values })];
  for (const [index, executor] of executors.entries()) {
    t.is(await Emitter.using(executor).emit("e", index), undefined);
    t.is(text((await listener.next())[0]), broadcastText(["e", index]));
  }
  const io = emitterFor(t, NOWHERE);
  const sql = Object.assign(() => {}, { unsafe() {} });
  const knex = Object.assign(() => {}, { raw() {} });
  for (const none of [
    undefined,
    null,
    1,
    "SELECT",
    {},
    { query: 1 },
    { execute() {} },
    sql,
    knex,
  ]) {
    for (const call of [() => io.using(none), () => Emitter.using(none)]) {
      t.throws(call, { instanceOf: EmitterError, code: "ERR_INVALID_ARG_TYPE" });
    }
  }
  for (const call of [() => undefined, () => [], () => "done"]) {
    await t.throwsAsync(Emitter.using(call).emit("e"), {
      instanceOf: EmitterError,
      code: "ERR_INVALID_ARG_VALUE",
    });
  }
});

test("options are read", (t) => {
  const executor = async () => {};
  for (const attachmentTtlMillis of [-1, 0.5, Number.NaN, 2 ** 53]) {
    t.throws(() => Emitter.using(executor, "/", { attachmentTtlMillis }), {
      code: "ERR_INVALID_ARG_VALUE",
    });
  }
  t.throws(() => Emitter.using(executor, "/", { attachmentTtlMillis: "1" }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  t.throws(() => Emitter.using(executor, 1), { code: "ERR_INVALID_ARG_TYPE" });
  const io = Emitter.using(executor, "admin", { key: "mine", tableName: "t", payloadThreshold: 9 });
  t.deepEqual([io.channel, io.tableName, io.payloadThreshold], ["mine#/admin", "t", 9]);
});

test("calls on one executor run one after the other, from any emitter", async (t) => {
  const events = [];
  const executor = async (_text, [, payload]) => {
    const name = JSON.parse(payload).data.packet.data[0];
    events.push(`${name} begins`);
    // A call that did not wait for it would begin meanwhile.
    await setImmediate();
    events.push(`${name} ends`);
  };
  const [one, two] = [Emitter.using(executor), emitterFor(t, NOWHERE).using(executor)];
  const calls = [one.emit("a"), two.emit("b"), one.of("/x").to("r").emit("c")];
  // The first begins at once: before whatever the caller does next on that connection.
  t.deepEqual(events, ["a begins"]);
  await Promise.all(calls);
  const expected = ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]);
  t.deepEqual(events, expected);
  const again = two.emit("d");
  t.is(events.at(-1), "d begins");
  await again;
});

test("the order of calls is the order of messages, through a pool, too", async (t) => {
  const { pool, listener } = await open(t);
  const [one, two] = [Emitter.using(pool), Emitter.using(pool)];
  const calls = Array.from({ length: 100 }, (_, n) =>
    (n % 2 ? one : two).emit("e", n, n % 10 ? "" : BYTES),
  );
  await Promise.all(calls);
  const numbers = [];
  for (const notification of await listener.next(100)) {
    numbers.push((await messageOf(pool, notification)).data.packet.data[1]);
  }
  t.deepEqual(
    numbers,
    Array.from({ length: 100 }, (_, n) => n),
  );
});

test("a thousand identical messages in one transaction are a thousand", async (t) => {
  const { client, pool, listener } = await open(t);
  // One client, in three disguises: nothing tells that they share a transaction.
  const emitters = [
    Emitter.using(client),
    emitterFor(t, NOWHERE).using(client),
    Emitter.using((text, values) => client.query(text, values)),
  ];
  // Inline, inline up to the last byte, and too long to be told apart inline.
  const sized = (bytes) => "x".repeat(bytes - broadcastText(["e", ""]).length);
  for (const [arg, inline] of [
    [1, true],
    [sized(7983), true],
    [sized(7984), false],
    [sized(7999), false],
  ]) {
    await client.query("BEGIN");
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => emitters[n % 3].emit("e", arg)));
    await client.query("COMMIT");
    const notifications = await listener.next(1_000);
    t.is(new Set(notifications.map(({ payload }) => payload)).size, 1_000);
    t.is(notifications.filter(isHeader).length, inline ? 0 : 1_000);
    for (const notification of inline ? notifications : notifications.slice(-1)) {
      t.deepEqual(await messageOf(pool, notification), broadcast(["e", arg]));
    }
  }
  t.is(listener.messages.length, 4_000);
});

test("a savepoint rolled back takes its own messages along, and no others", async (t) => {
  const { client, listener } = await open(t);
  const io = Emitter.using(client);
  await client.query("BEGIN");
  await io.emit("same");
  await client.query("SAVEPOINT s");
  await io.emit("same");
  await io.emit("lost");
  await io.emit("lost", BYTES);
  await client.query("ROLLBACK TO SAVEPOINT s");
  await io.emit("same");
  await client.query("SAVEPOINT kept");
  await io.emit("same");
  await client.query("RELEASE SAVEPOINT kept");
  await client.query("COMMIT");
  await io.emit("fence");
  const all = await listener.next(4);
  t.deepEqual(all.map(text), [
    ...Array.from({ length: 3 }, () => broadcastText(["same"])),
    broadcastText(["fence"]),
  ]);
});

test("one statement for each call, and nothing else", async (t) => {
  const { client, listener } = await open(t);
  const { calls, executor } = recording(client);
  const io = Emitter.using(executor);
  await client.query("BEGIN");
  await client.query("SET LOCAL synchronous_commit = 'remote_write'");
  for (const arg of [1, BYTES, "x".repeat(9_000)]) {
    await io.to("a").emit("e", arg);
  }
  await io.socketsJoin("b");
  t.is(calls.length, 4);
  const { rows } = await client.query("SHOW synchronous_commit");
  t.is(rows[0].synchronous_commit, "remote_write");
  await client.query("COMMIT");
  await listener.next(4);
  t.is(calls.filter(([sql]) => /socket_io_attachments/.test(sql)).length, 2);
  t.is(new Set(calls.map(([sql]) => sql)).size, 2);
});

test("a message runs in the middle of a transaction of any session", async (t) => {
  // What an application may set, and what a hostile or careless schema may define.
  const { client, listener } = await open(
    t,
    `${attachmentTableSql()};
     CREATE SCHEMA app; CREATE DOMAIN app.text AS pg_catalog.text CHECK (false);
     CREATE FUNCTION app.pg_notify(pg_catalog.text, pg_catalog.text) RETURNS void
       LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
     CREATE FUNCTION app.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT NULL::timestamptz $$;`,
  );
  await client.query("SET search_path = app, public, pg_catalog");
  for (const setting of [
    "intervalstyle = 'sql_standard'",
    "intervalstyle = 'iso_8601'",
    "datestyle = 'SQL, DMY'",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "timezone = 'Pacific/Kiritimati'",
    "plan_cache_mode = 'force_generic_plan'",
  ]) {
    await client.query(`SET ${setting}`);
    await client.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
    await Emitter.using(client).emit("e", BYTES);
    await Emitter.using(client).emit("e", 1);
    await client.query("COMMIT");
    t.deepEqual((await listener.next(2)).map(isHeader), [true, false]);
  }
  const { rows } = await client.query(
    `SELECT EXTRACT(EPOCH FROM min(created_at) OPERATOR(pg_catalog.-) now())::float AS ahead
       FROM public.socket_io_attachments`,
  );
  t.true(rows[0].ahead > 3_500 && rows[0].ahead <= 3_600);
});

test("a parser of one's own encodes what goes through the table", async (t) => {
  const { client, pool, listener } = await open(t);
  const parser = { encode: ({ data }) => Buffer.from(`row ${data.packet.data[1].length}`) };
  const io = Emitter.using(client, "/", { parser });
  await io.emit("e", BYTES);
  await io.emit("e", "x".repeat(9_000));
  await io.emit("e", 1);
  const [bytes, long, inline] = await listener.next(3);
  t.is((await rowOf(pool, bytes)).toString(), "row 2");
  t.is((await rowOf(pool, long)).toString(), "row 9000");
  t.is(text(inline), broadcastText(["e", 1]));
  const broken = Emitter.using(client, "/", { parser: { encode: () => "text" } });
  await t.throwsAsync(broken.emit("e", BYTES), { code: "ERR_NOT_SERIALIZABLE" });
});
