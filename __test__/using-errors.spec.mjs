// `Emitter.using`: what fails, what is refused, and what the options change.

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { openWith, recording } from "./support/using.mjs";
import { broadcastText, listenFor, messageOf, rowOf, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

const open = openWith(postgres);

const BYTES = Buffer.from([0, 255]);

test("an executor's error is passed on as it is, and stops no other call", async (t) => {
  const { client, listener } = await open(t);
  const io = Emitter.using(client, "/", { errorHandler: () => {} });
  await client.query("BEGIN");
  await t.throwsAsync(client.query("SELECT 1/0"), { code: "22012" });
  const failed = await Promise.allSettled([io.emit("a"), io.emit("b", BYTES)]);
  t.deepEqual(
    failed.map(({ reason }) => reason.code),
    ["25P02", "25P02"],
  );
  t.false(failed[0].reason instanceof EmitterError);
  await client.query("ROLLBACK");
  await io.emit("after");
  t.is(text((await listener.next())[0]), broadcastText(["after"]));

  const own = new Error("mine");
  let calls = 0;
  const flaky = Emitter.using(() => {
    calls += 1;
    if (calls === 1) throw own;
    return calls === 2 ? Promise.reject(undefined) : Promise.resolve();
  });
  const [thrown, rejected, fulfilled] = await Promise.allSettled([
    flaky.emit("a"),
    flaky.emit("b"),
    flaky.emit("c"),
  ]);
  t.is(thrown.reason, own);
  t.deepEqual(rejected, { status: "rejected", reason: undefined });
  t.is(fulfilled.status, "fulfilled");
});

for (const way of ["using", "outbox"]) {
  test(`${way}: errorHandler is told which message an executor failed with`, async (t) => {
    const context = new AsyncLocalStorage();
    const handled = [];
    const errorHandler = (...args) => handled.push([context.getStore(), ...args]);
    const own = Object.freeze(
      Object.assign(new Error("mine"), { code: "40001", detail: "a detail", event: "theirs" }),
    );
    const errors = [own, new TypeError("no code"), undefined, "a text"];
    let calls = 0;
    // Queued behind each other, as on one connection.
    const executor = async () => {
      await setImmediate();
      throw errors[calls++];
    };
    const io = Emitter[way](executor, "/shop", { errorHandler });
    const sends = [
      () => io.emit("paid", 1),
      () => io.to("a").emit("paid", BYTES),
      () => io.of("/other").serverSideEmit("told"),
      () => io.socketsJoin("a"),
    ];
    const settled = await Promise.allSettled(sends.map((send, n) => context.run(n, send)));
    for (const [n, { reason }] of settled.entries()) t.is(reason, errors[n]);
    t.deepEqual(Object.keys(own), ["code", "detail", "event"]);
    await setImmediate();
    t.deepEqual(
      handled.map(([n, { code, message, namespace, event }]) => [
        n,
        code,
        message,
        namespace,
        event,
      ]),
      [
        [0, "40001", "mine", "/shop", "paid"],
        [1, "ERR_EXECUTOR", "no code", "/shop", "paid"],
        [2, "ERR_EXECUTOR", "undefined", "/other", "told"],
        [3, "ERR_EXECUTOR", "a text", "/shop", undefined],
      ],
    );
    for (const [n, [, error, ...more]] of handled.entries()) {
      t.true(error instanceof EmitterError);
      t.is(error.cause, errors[n]);
      t.deepEqual(more, []);
    }
    t.is(handled[0][1].detail, "a detail");
  });

  test(`${way}: an error of ours says which message it is of, in the promise and the handler`, async (t) => {
    const handled = [];
    const errorHandler = (...args) => handled.push(args);
    const io = Emitter[way](() => {}, "/shop", { errorHandler });
    const refused = async (call, code, event) => {
      const error = await t.throwsAsync(call(), { instanceOf: EmitterError, code });
      t.like(error, { namespace: "/shop", event });
      await setImmediate();
      t.deepEqual(handled.splice(0), [[error]]);
    };
    await refused(() => io.emit("paid", 1n), "ERR_NOT_SERIALIZABLE", "paid");
    await refused(() => io.emit("connect"), "ERR_RESERVED_EVENT", "connect");
    await refused(() => io.socketsJoin(true), "ERR_INVALID_ARG_TYPE", undefined);
    // The executor gives no promise.
    await refused(() => io.emit("paid"), "ERR_INVALID_ARG_VALUE", "paid");
    await refused(() => io.emitWithAck("paid"), "ERR_NOT_SUPPORTED", "paid");
    await refused(() => io.serverSideEmitWithAck("told"), "ERR_NOT_SUPPORTED", "told");
    await refused(() => io.fetchSockets(), "ERR_NOT_SUPPORTED", undefined);
    const callback = () => {};
    await refused(() => io.emit("paid", callback), "ERR_NOT_SUPPORTED", "paid");
    await refused(() => io.emitWithAck("paid", callback), "ERR_INVALID_ARG_VALUE", "paid");
    await io.close();
    await refused(() => io.emit("paid"), "ERR_CLOSED", "paid");
    await refused(() => io.to("a").socketsLeave("a"), "ERR_CLOSED", undefined);
  });
}

test("a missing table says how to create it", async (t) => {
  const { client, pool, listener } = await open(t, "SELECT 1");
  const error = await t.throwsAsync(Emitter.using(client).emit("e", BYTES), { code: "42P01" });
  t.regex(error.hint, /ensureTable/);
  const wrapped = Emitter.using(async () => {
    throw new Error("a library's own", { cause: error });
  });
  t.regex((await t.throwsAsync(wrapped.emit("e", BYTES))).hint, /ensureTable/);
  // Not the business of ours when the message needs no table.
  t.is((await t.throwsAsync(wrapped.emit("e"))).hint, undefined);

  await client.query("BEGIN");
  await Emitter.using(client).ensureTable();
  await Promise.all([Emitter.using(client).ensureTable(), Emitter.using(client).emit("e", BYTES)]);
  await client.query("COMMIT");
  const [header] = await listener.next();
  t.true((await rowOf(pool, header)).length > 0);
  const all = Array.from({ length: 8 }, () => Emitter.using((sql) => pool.query(sql)));
  await Promise.all(all.map((io) => io.of("/x").ensureTable()));
  const odd = `app."Table $q0$ ''\\ ?"`;
  await pool.query("CREATE SCHEMA app");
  await Emitter.using(pool, "/", { tableName: odd }).ensureTable();
  await pool.query(`SELECT id, created_at, payload FROM ${odd}`);
});

test("what is refused runs nothing", async (t) => {
  const { calls, executor } = recording();
  const handled = [];
  const io = Emitter.using(executor, "/", { errorHandler: (error) => handled.push(error) });
  const rejections = [
    ["ERR_RESERVED_EVENT", () => io.emit("connect")],
    ["ERR_RESERVED_EVENT", () => io.serverSideEmit("connection")],
    ["ERR_NOT_SERIALIZABLE", () => io.emit("e", 1n)],
    ["ERR_NOT_SERIALIZABLE", () => io.emit("e", JSON.parse('{"__proto__":1}'), BYTES)],
    ["ERR_NOT_SUPPORTED", () => io.emit("e", () => {})],
    ["ERR_NOT_SUPPORTED", () => io.to("a").serverSideEmit("e", () => {})],
    ["ERR_INVALID_ARG_TYPE", () => io.socketsJoin(true)],
    ["ERR_INVALID_ARG_TYPE", () => io.disconnectSockets("yes")],
  ];
  for (const [code, call] of rejections) {
    await t.throwsAsync(call(), { instanceOf: EmitterError, code });
  }
  t.is(handled.length, rejections.length);
  t.is(calls.length, 0);
});

test("flush waits for all on the executor; close ends the emitter alone", async (t) => {
  let release;
  const executor = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const [io, other] = [Emitter.using(executor), Emitter.using(executor)];
  await io.connect();
  t.is(io.state, "idle");
  await io.flush();
  const events = [];
  const sent = other.emit("e").then(() => events.push("sent"));
  const flushed = io.flush().then(() => events.push("flushed"));
  const closed = io.close().then(() => events.push("closed"));
  release();
  await Promise.all([sent, flushed, closed]);
  t.is(events[0], "sent");
  for (const call of [
    () => io.emit("e"),
    () => io.of("/x").emit("e"),
    () => io.flush(),
    () => io.connect(),
    () => io.ensureTable(),
    () => io.queueUsage(),
  ]) {
    await t.throwsAsync(call(), { instanceOf: EmitterError, code: "ERR_CLOSED" });
  }
  await io.close();
  t.deepEqual([io.state, other.state], ["closed", "idle"]);
  const again = other.emit("e");
  release();
  await again;
});

test("what needs an answer is refused", async (t) => {
  const { calls, executor } = recording();
  const io = Emitter.using(executor);
  for (const call of [
    () => io.queueUsage(),
    () => io.serverCount(),
    () => io.fetchSockets(),
    () => io.to("a").timeout(100).emitWithAck("e"),
    () => io.serverSideEmitWithAck("e"),
  ]) {
    await t.throwsAsync(call(), { instanceOf: EmitterError, code: "ERR_NOT_SUPPORTED" });
  }
  t.is(calls.length, 0);
});

test("an aborted signal stops what has not begun", async (t) => {
  const begun = [];
  const executor = async (_text, values) => {
    begun.push(values);
    await setImmediate();
  };
  const controller = new AbortController();
  const handled = [];
  const errorHandler = (error) => handled.push(error);
  const io = Emitter.using(executor, "/", { signal: controller.signal, errorHandler });
  const other = Emitter.using(executor);
  const calls = [io.emit("a"), io.emit("b"), io.ensureTable(), other.emit("c")];
  const reason = new Error("enough");
  controller.abort(reason);
  const [first, second, third, fourth] = await Promise.allSettled(calls);
  t.deepEqual([first.status, fourth.status], ["fulfilled", "fulfilled"]);
  t.deepEqual([second.reason, third.reason], [reason, reason]);
  t.deepEqual(handled, [reason]);
  t.is(begun.length, 2);
  t.is(io.state, "closed");
  await t.throwsAsync(io.emit("d"), { code: "ERR_CLOSED" });
  await io.close();
});

test("a database that is not UTF8 refuses what it lacks, and takes the rest", async (t) => {
  await postgres.server
    .pool({ max: 1 })
    .query("CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const database = postgres.server.open("latin1");
  const client = await database.pool().connect();
  t.teardown(() => client.release());
  await client.query(attachmentTableSql());
  const listener = await listenFor(t, database);
  const io = Emitter.using(client);
  await io.emit("e", "é");
  await t.throwsAsync(io.emit("e", "漢"), { code: "22P05" });
  // Bytes are not text: this goes through the table.
  await io.emit("e", "漢", BYTES);
  const [inline, header] = await listener.next(2);
  t.is(text(inline), broadcastText(["e", "é"]));
  t.is((await messageOf(client, header)).data.packet.data[1], "漢");
});
