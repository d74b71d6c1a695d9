// Connecting, flushing, closing: when there is a connection, and what a closed emitter says.

import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { hangUp, startTcpServer } from "../tools/tcp-server.mjs";
import { eventually, sessions, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const CLOSED = { instanceOf: EmitterError, code: "ERR_CLOSED" };

/** An emitter on a database of its own, and how many sessions that database has. */
async function open(t) {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database);
  const admin = postgres.server.pool({ max: 1 });
  // Sessions of `createDatabase` may still be ending.
  const count = () => sessions(admin, database.config);
  await eventually(async () => (await count()) === 0, "no sessions");
  return { database, emitter, count };
}

test("constructing and targeting connect nowhere; connect does", async (t) => {
  const server = await startTcpServer(hangUp);
  t.teardown(server.close);
  const { connectionString: target, sockets: arrived } = server;

  const lazy = new Emitter(target, "/", { errorHandler: () => {} });
  lazy.of("/admin").to("a").except("b").volatile.compress(true);
  await lazy.flush();
  t.is(arrived.length, 0);
  // What the lazy one had begun earlier would have arrived before this.
  const other = new Emitter(target, "/", { errorHandler: () => {} });
  const error = await t.throwsAsync(other.connect(), { instanceOf: EmitterError });
  t.is(typeof error.code, "string");
  t.is(arrived.length, 1);
  await lazy.close();
  t.is(arrived.length, 1);
});

test("connect connects, once, and flush alone does not", async (t) => {
  const { emitter, count } = await open(t);
  t.is(await emitter.flush(), undefined);
  t.is(await count(), 0);
  t.is(await emitter.connect(), undefined);
  t.is(await count(), 1);
  await Promise.all([emitter.connect(), emitter.of("/a").connect()]);
  t.is(await count(), 1);
});

test("one connection, whatever is sent at once", async (t) => {
  const { emitter, count } = await open(t);
  const busy = [];
  for (let index = 0; index < 2_000; index++) {
    const from = emitter.of(`/${index % 7}`).to(`room ${index}`);
    busy.push(index % 5 ? from.emit("e") : from.emit("e", Buffer.alloc(1_000)));
  }
  let most = 0;
  const all = Promise.all(busy);
  let done = false;
  all.finally(() => {
    done = true;
  });
  while (!done) {
    most = Math.max(most, await count());
  }
  await all;
  t.is(Math.max(most, await count()), 1);
});

test("flush and close wait for what is in flight", async (t) => {
  for (const wait of ["flush", "close"]) {
    const { database, emitter } = await open(t);
    const pool = database.pool({ max: 1 });
    const listener = await listenFor(t, database, "socket.io#/a");
    const sibling = emitter.of("/a");
    const calls = [];
    for (let index = 0; index < 300; index++) {
      calls.push(sibling.to("r").emit("e", Buffer.alloc(2_000)));
    }
    await emitter[wait]();
    const { rows } = await pool.query("SELECT count(*)::int AS n FROM socket_io_attachments");
    t.is(rows[0].n, 300, wait);
    await Promise.all(calls);
    await listener.next(300);
  }
});

test("flush settles although messages in flight fail", async (t) => {
  const options = { errorHandler: () => {}, publishTimeoutMillis: 200 };
  const emitter = emitterFor(t, NOWHERE, "/", options);
  const call = emitter.emit("e");
  await emitter.flush();
  await t.throwsAsync(call, { code: "ERR_TIMEOUT" });
});

/** Every call of the API that returns a promise. */
const calls = {
  emit: (from) => from.emit("e"),
  "emit of bytes": (from) => from.emit("e", Buffer.from("b")),
  socketsJoin: (from) => from.socketsJoin("a"),
  socketsLeave: (from) => from.socketsLeave("a"),
  disconnectSockets: (from) => from.disconnectSockets(),
  serverSideEmit: (from) => from.serverSideEmit("e"),
};
const emitterCalls = {
  ensureTable: (from) => from.ensureTable(),
  ensureOutbox: (from) => from.ensureOutbox(),
  ensureFunctions: (from) => from.ensureFunctions(),
  outboxStatus: (from) => from.outboxStatus(),
  retrySetAside: (from) => from.retrySetAside(),
  dropSetAside: (from) => from.dropSetAside(),
  connect: (from) => from.connect(),
  flush: (from) => from.flush(),
};

test("after close every call rejects, on siblings and operators too", async (t) => {
  const { emitter, count } = await open(t);
  const sibling = emitter.of("/admin");
  const operators = [emitter.to("a"), sibling.volatile];
  await emitter.emit("e");
  t.is(await emitter.close(), undefined);
  for (const from of [emitter, sibling, ...operators, emitter.of("/late"), emitter.to("late")]) {
    for (const [name, call] of Object.entries(calls)) {
      await t.throwsAsync(call(from), CLOSED, name);
    }
  }
  for (const from of [emitter, sibling]) {
    for (const [name, call] of Object.entries(emitterCalls)) {
      await t.throwsAsync(call(from), CLOSED, name);
    }
  }
  await eventually(async () => (await count()) === 0, "the session ends");
});

test("close twice, at once and later, and by a sibling", async (t) => {
  const { emitter } = await open(t);
  const sibling = emitter.of("/admin");
  await emitter.emit("e");
  await Promise.all([emitter.close(), emitter.close(), sibling.close()]);
  t.is(await emitter.close(), undefined);
  t.is(await sibling.close(), undefined);
});

test("close of an emitter that never connected", async (t) => {
  const emitter = new Emitter(NOWHERE);
  t.is(await emitter.close(), undefined);
  await t.throwsAsync(emitter.emit("e"), CLOSED);
  t.is(await emitter.close(), undefined);
});

test("what was called before close is sent, what is called after it is not", async (t) => {
  const { database, emitter } = await open(t);
  const listener = await listenFor(t, database);
  const before = emitter.emit("before");
  const closing = emitter.close();
  await t.throwsAsync(emitter.emit("after"), CLOSED);
  await before;
  await closing;
  await emitterFor(t, database).emit("fence");
  t.deepEqual((await listener.next(2)).map(text), [
    broadcastText(["before"]),
    broadcastText(["fence"]),
  ]);
});

test("Symbol.asyncDispose closes", async (t) => {
  const { emitter, count } = await open(t);
  const call = emitter.emit("e");
  t.is(await emitter[Symbol.asyncDispose](), undefined);
  await call;
  await t.throwsAsync(emitter.emit("e"), CLOSED);
  await emitter[Symbol.asyncDispose]();
  await eventually(async () => (await count()) === 0, "the session ends");
});
