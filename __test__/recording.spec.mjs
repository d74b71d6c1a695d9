// The emitter of socket.io-postgres-emitter-rs/testing: it takes and refuses what any emitter does, keeps
// what it is given, and sends nothing.

import { AssertionError } from "node:assert";
import test from "ava";
import { EmitterError } from "../index.js";
import { RecordingEmitter } from "../testing.js";

const plain = { nsp: "/", rooms: [], except: [], flags: {}, outbox: false };

test("it keeps each message, as the servers get it", async (t) => {
  const io = new RecordingEmitter();
  const at = new Date(0);
  await io.to("a", 7).except("b").volatile.compress(false).emit("news", { at, gone: undefined }, 1);
  const bytes = new Uint8Array([1]);
  await io.of("/admin").emit("bytes", bytes);
  bytes[0] = 2;
  await io.to("a").socketsJoin("b", ["c"]);
  await io.socketsLeave("b");
  await io.in("a").disconnectSockets(true);
  await io.serverSideEmit("hello", "x".repeat(10_000));
  t.deepEqual(io.sent, [
    {
      ...plain,
      call: "emit",
      event: "news",
      args: [{ at: at.toISOString() }, 1],
      rooms: ["a", 7],
      except: ["b"],
      flags: { volatile: true, compress: false },
    },
    { ...plain, call: "emit", nsp: "/admin", event: "bytes", args: [Buffer.from([1])] },
    { ...plain, call: "socketsJoin", args: ["b", "c"], rooms: ["a"] },
    { ...plain, call: "socketsLeave", args: ["b"] },
    { ...plain, call: "disconnectSockets", args: [true], rooms: ["a"] },
    { ...plain, call: "serverSideEmit", event: "hello", args: ["x".repeat(10_000)] },
  ]);
  t.is(io.stats().messages, 6);
  io.clear();
  t.deepEqual(io.sent, []);
});

test("what any emitter refuses, it refuses", async (t) => {
  const told = [];
  const io = new RecordingEmitter("/", { errorHandler: (error) => told.push(error.code) });
  const how = (code) => ({ instanceOf: EmitterError, code });
  await t.throwsAsync(io.emit("connect"), how("ERR_RESERVED_EVENT"));
  await t.throwsAsync(io.emit("news", 1n), how("ERR_NOT_SERIALIZABLE"));
  t.throws(() => io.to(null), how("ERR_INVALID_ARG_TYPE"));
  await t.throwsAsync(io.using(() => {}).emitWithAck("x"), how("ERR_NOT_SUPPORTED"));
  t.throws(() => io.relay(), how("ERR_NOT_SUPPORTED"));
  t.throws(() => new RecordingEmitter("/", { answr: () => {} }), how("ERR_INVALID_ARG_VALUE"));
  t.throws(() => new RecordingEmitter("/", { answer: [] }), how("ERR_INVALID_ARG_TYPE"));
  await io.close();
  await t.throwsAsync(io.emit("news"), how("ERR_CLOSED"));
  await t.throwsAsync(io.flush(), how("ERR_CLOSED"));
  const codes = ["ERR_RESERVED_EVENT", "ERR_NOT_SERIALIZABLE", "ERR_NOT_SUPPORTED", "ERR_CLOSED"];
  t.deepEqual(told, codes);
  t.is(io.stats().failed, 3);
  t.deepEqual(io.sent, []);
});

test("messages of a transaction and of the outbox are kept, and nothing is run", async (t) => {
  const io = new RecordingEmitter("/shop");
  const client = { query: () => t.fail("nothing is run") };
  await io.using(client).emit("paid");
  await io.outbox(client).of("/admin").emit("paid");
  await io.outbox().emit("paid");
  const kept = io.sent.map(({ nsp, outbox, executor }) => [nsp, outbox, executor]);
  t.deepEqual(kept, [
    ["/shop", false, client],
    ["/admin", true, client],
    ["/shop", true, undefined],
  ]);
});

test("answer decides what comes of a message", async (t) => {
  const late = new EmitterError("ERR_TIMEOUT", "too late");
  const io = new RecordingEmitter("/", {
    async answer({ call, event }) {
      if (event === "late") throw late;
      if (call === "fetchSockets") return [{ id: "1", handshake: {}, rooms: ["a"], data: {} }];
      return call === "emitWithAck" ? ["yes", "no"] : undefined;
    },
  });
  t.is(await t.throwsAsync(io.emit("late")), late);
  t.is(late.event, "late");
  t.deepEqual(await io.emitWithAck("vote", 1), ["yes", "no"]);
  t.deepEqual(await io.serverSideEmitWithAck("who"), []);
  const [error, answers] = await new Promise((resolve) => {
    io.emit("vote", (...given) => resolve(given));
  });
  t.deepEqual([error, answers], [null, ["yes", "no"]]);
  const [socket] = await io.in("a").fetchSockets();
  t.deepEqual(socket.rooms, new Set(["a"]));
  socket.disconnect();
  t.like(io.assertSent({ call: "disconnectSockets" }), { rooms: ["1"], args: [false] });
  t.is(io.assertSent({ call: "emitWithAck" }).event, "vote");
});

test("it asserts, and shows what was sent", async (t) => {
  const io = new RecordingEmitter();
  io.assertNotSent();
  await io.to("order:17").emit("paid", { id: 17 });
  const expected = { event: "paid", args: [{ id: 17 }], rooms: ["order:17"] };
  t.is(io.assertSent(expected), io.sent[0]);
  io.assertNotSent({ event: "refused" });
  for (const fail of [
    () => io.assertNotSent(),
    () => io.assertNotSent({ event: "paid" }),
    () => io.assertSent({ ...expected, args: [] }),
    () => io.assertSent({ ...expected, flags: { volatile: true } }),
  ]) {
    const error = t.throws(fail, { instanceOf: AssertionError });
    t.is(error.actual, io.sent);
    t.true(error.message.includes("order:17"));
  }
  t.throws(() => io.assertSent("paid"), { code: "ERR_INVALID_ARG_TYPE" });
  // What is misspelt would be found in no message, so nothing would ever fail.
  for (const assert of [io.assertSent, io.assertNotSent]) {
    t.throws(() => assert.call(io, { evnt: "paid" }), { code: "ERR_INVALID_ARG_VALUE" });
  }
});

test("an executor is shown by its name, and not with what it holds", async (t) => {
  class Client {
    password = "hunter2";
    query() {}
  }
  const io = new RecordingEmitter();
  const client = new Client();
  await io.using(client).emit("paid");
  t.is(io.assertSent({ executor: client }).event, "paid");
  for (const expected of [{ event: "refused" }, { event: "refused", executor: client }]) {
    const { message } = t.throws(() => io.assertSent(expected), { instanceOf: AssertionError });
    t.true(message.includes("Client"), message);
    t.false(message.includes("hunter2"), message);
  }
});
