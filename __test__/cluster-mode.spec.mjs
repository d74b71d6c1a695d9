// Node's cluster mode: the primary of adapter 0.5.0 forwards to workers with
// @socket.io/cluster-adapter, which take a message only when it carries a `source`.

import { once } from "node:events";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { known, OPTIONS, SHORT_TIMEOUT_MS, TIMEOUT_MS } from "./support/answer-world.mjs";
import { fence, inbox } from "./support/clients.mjs";
import { startClusterMode } from "./support/cluster-mode.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";

let database;
let app;
let first;
let second;
let admin;

usePostgres(test, {
  async setUp(postgres) {
    database = await postgres.database(attachmentTableSql());
    app = await startClusterMode(database);
    first = inbox(await app.connect(0, "/", ["red", 42]), "first worker's client");
    second = inbox(await app.connect(1, "/", ["blue", "42"]), "second worker's client");
    admin = inbox(await app.connect(1, "/admin", ["red"]), "admin client");
  },
  tearDown: () => app?.close(),
});

function open(t) {
  const emitter = emitterFor(t, database);
  const check = async (expected) => {
    const [inFirst, inSecond] = await fence(emitter, [first, second]);
    const [inAdmin] = await fence(emitter.of("/admin"), [admin]);
    t.deepEqual(
      { first: inFirst, second: inSecond, admin: inAdmin },
      { first: [], second: [], admin: [], ...expected },
    );
  };
  return { emitter, check };
}

test.serial("broadcasts, in their rooms and namespaces", async (t) => {
  const { emitter, check } = open(t);
  // Alone on its way: a client that still receives something else may miss it.
  await emitter.except("red").volatile.emit("not red");
  await second.until("not red");
  await emitter.emit("all", 1);
  await emitter.to("red").emit("red");
  await emitter.to(42).emit("number");
  await emitter.of("/admin").to("red").compress(false).emit("admin");
  await check({
    first: [["all", 1], ["red"], ["number"]],
    second: [["not red"], ["all", 1]],
    admin: [["admin"]],
  });
});

test.serial("attachments: bytes and long messages", async (t) => {
  const { emitter, check } = open(t);
  const long = "é".repeat(10_000);
  await emitter.emit("bytes", { deep: [Buffer.from([1, 2, 255])] });
  await Promise.all([first, second].map((box) => box.until("bytes")));
  await emitter.to("blue").emit("long", long);
  await second.until("long");
  const bytes = ["bytes", { deep: [Buffer.from([1, 2, 255])] }];
  await check({ first: [bytes], second: [bytes, ["long", long]] });
});

test.serial("socketsJoin and socketsLeave", async (t) => {
  const { emitter, check } = open(t);
  await emitter.socketsJoin("all");
  await emitter.to("blue").socketsLeave("all");
  await emitter.to("all").emit("e");
  await check({ first: [["e"]] });
  await emitter.socketsLeave("all");
  await emitter.to("all").emit("e");
  await check({});
});

test.serial("serverSideEmit reaches every worker, once", async (t) => {
  const { emitter } = open(t);
  const long = "x".repeat(9_000);
  await emitter.serverSideEmit("hi", { a: 1 });
  await emitter.serverSideEmit("long", long);
  for (const worker of [1, 2]) {
    const from = (name) => (line) => line.worker === worker && line.event === name;
    await app.report(from("long"), "long");
  }
  await emitter.serverSideEmit("server-fence");
  for (const worker of [1, 2]) {
    await app.report((line) => line.worker === worker && line.event === "server-fence", "fence");
    const events = app.serverEvents().filter((line) => line.worker === worker);
    t.deepEqual(events, [
      { worker, nsp: "/", event: "hi", args: [{ a: 1 }] },
      { worker, nsp: "/", event: "long", args: [long] },
      { worker, nsp: "/", event: "server-fence", args: [] },
    ]);
  }
});

test.serial("disconnectSockets", async (t) => {
  const { emitter, check } = open(t);
  for (const close of [false, true]) {
    const leaving = await app.connect(1, "/", ["leaving"]);
    const left = once(leaving, "disconnect");
    await emitter.to("leaving").disconnectSockets(close);
    t.is((await left)[0], "io server disconnect");
    await emitter.emit("still here");
    await check({ first: [["still here"]], second: [["still here"]] });
  }
});

test.serial(
  "workers answer: how many, their sockets, what their clients acknowledge",
  async (t) => {
    const emitter = emitterFor(t, database, "/", OPTIONS);
    await known(emitter, 2);
    const sockets = await emitter.timeout(TIMEOUT_MS).fetchSockets();
    t.deepEqual(
      sockets.map(({ id }) => id).sort(),
      [first, second].map(({ socket }) => socket.id).sort(),
    );
    t.is((await emitter.timeout(TIMEOUT_MS).in("blue").fetchSockets()).length, 1);
    const answer = (value) => (callback) => callback(value);
    first.socket.on("ask", answer({ bytes: Buffer.from([1]) }));
    second.socket.on("ask", answer({ bytes: Buffer.from([2]) }));
    const answers = await emitter.timeout(TIMEOUT_MS).emitWithAck("ask");
    t.deepEqual(answers.map(({ bytes }) => bytes[0]).sort(), [1, 2]);
    t.true(answers.every(({ bytes }) => Buffer.isBuffer(bytes)));
  },
);

test.serial("workers answer server-side events, once each", async (t) => {
  const emitter = emitterFor(t, database, "/", OPTIONS);
  const byWorker = (answers) => answers.toSorted((a, b) => a.worker - b.worker);
  for (const namespace of [emitter, emitter.of("/admin")]) {
    await known(namespace, 2);
    const answers = await namespace.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", { deep: 5 });
    t.deepEqual(
      byWorker(answers),
      [1, 2].map((worker) => ({ worker, arg: { deep: 5 }, bytes: Buffer.from([worker]) })),
    );
  }
  const { reason } = await outcome(
    emitter.timeout(SHORT_TIMEOUT_MS).serverSideEmitWithAck("first only"),
  );
  t.is(reason.code, "ERR_ACK_TIMEOUT");
  t.deepEqual(reason.responses, [1]);
});
