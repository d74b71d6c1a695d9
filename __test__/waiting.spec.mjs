// How long a message waits, how much may wait, and what ends the wait.

import { setImmediate as nextTurn } from "node:timers/promises";
import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { startProxy } from "../tools/proxy.mjs";
import { startTcpServer } from "../tools/tcp-server.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);

/** Where a server takes connections and says nothing. */
async function silentServer(t) {
  const { connectionString, close } = await startTcpServer();
  t.teardown(close);
  return connectionString;
}

/** Holds a lock that an attachment's row must wait for; gives what lets it go. */
async function lockTable(t, database) {
  const pool = database.pool({ max: 1 });
  const client = await pool.connect();
  await client.query("BEGIN; LOCK TABLE socket_io_attachments");
  let held = true;
  const unlock = async () => {
    if (!held) return;
    held = false;
    await client.query("ROLLBACK");
    client.release();
  };
  t.teardown(unlock);
  return unlock;
}

const quiet = { errorHandler: () => {} };

test("a server that says nothing: every promise settles in its time", async (t) => {
  const options = { ...quiet, publishTimeoutMillis: 300 };
  // On a machine that stands still the default could be up, too.
  const address = `${await silentServer(t)}?connect_timeout=300`;
  const emitter = emitterFor(t, address, "/", options);
  const calls = [
    emitter.emit("e"),
    emitter.ensureTable(),
    emitter.queueUsage(),
    emitter.emitWithAck("e"),
    emitter.serverCount(),
  ];
  const connecting = outcome(emitter.connect());
  t.is(emitter.state === "idle" || emitter.state === "connecting", true);
  for (const call of calls) {
    await t.throwsAsync(call, { instanceOf: EmitterError, code: "ERR_TIMEOUT" });
  }
  await emitter.flush();
  emitter.close();
  t.is((await connecting).reason.code, "ERR_CLOSED");
});

test("connect_timeout bounds the whole of an attempt", async (t) => {
  const emitter = emitterFor(t, `${await silentServer(t)}?connect_timeout=1`);
  await t.throwsAsync(emitter.connect(), { code: "ETIMEDOUT" });
});

test("a server that is away is waited for, and the order is kept", async (t) => {
  // A port that nothing listens on yet: a way to the server is opened later.
  const { config } = await postgres.database();
  const way = await startProxy(config);
  const { port } = way;
  await way.refuse();

  const changes = [];
  const onStateChange = (change) => changes.push(change);
  const emitter = new Emitter({ ...config, port }, "/", { onStateChange });
  t.teardown(async () => {
    await emitter.close();
    await way.close();
  });
  const listener = await listenFor(t, { config });
  const calls = Array.from({ length: 1_000 }, (_, n) => emitter.emit("e", n));
  // `connect()` is told at once, and the messages wait on.
  await t.throwsAsync(emitter.connect(), { code: "ECONNREFUSED" });
  await way.comeBack();
  await Promise.all(calls);
  const arrived = (await listener.next(1_000)).map(
    ({ payload }) => JSON.parse(payload).data.packet.data[1],
  );
  t.deepEqual(
    arrived,
    calls.map((_, n) => n),
  );
  t.is(emitter.state, "connected");
  t.deepEqual(changes[0], { state: "connecting", cause: undefined });
  t.true(
    changes.some(({ state, cause }) => state === "connecting" && cause?.code === "ECONNREFUSED"),
  );
  t.deepEqual(changes.at(-1), { state: "connected", cause: undefined });
});

test("a server that is wrong, and not away, refuses at once; the next message tries again", async (t) => {
  const { config } = postgres.server;
  for (const [wrong, code] of [
    [{ ...config, password: "wrong" }, "28P01"],
    [{ ...config, database: "no such" }, "3D000"],
  ]) {
    const emitter = new Emitter(wrong, "/", quiet);
    t.teardown(() => emitter.close());
    for (let round = 0; round < 2; round++) {
      const calls = [emitter.emit("a"), emitter.of("/b").emit("b"), emitter.connect()];
      // After the time that a server that is away is waited for, it would be ERR_TIMEOUT.
      for (const call of calls) await t.throwsAsync(call, { code });
    }
    t.is(emitter.state, "idle");
  }
});

test("what is under way when its time is up has an unknown outcome, what waits is not sent", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const unlock = await lockTable(t, database);
  const options = { ...quiet, publishTimeoutMillis: 2_000 };
  const emitter = emitterFor(t, database, "/", options);
  const listener = await listenFor(t, database);
  await emitter.connect();
  const stuck = emitter.emit("stuck", Buffer.from("b"));
  // Handed over in another turn, so that it is not sent with the first.
  await nextTurn();
  const behind = emitter.emit("behind");
  const error = await t.throwsAsync(stuck, { code: "ERR_TIMEOUT" });
  t.is(error.cause.code, "ERR_OUTCOME_UNKNOWN");
  const unsent = await outcome(behind);
  await unlock();
  // The dead connection was replaced.
  await emitter.emit("after");
  const events = [];
  while (events.at(-1) !== "after") {
    const [{ payload }] = await listener.next();
    const { data, attachmentId } = JSON.parse(payload);
    events.push(attachmentId ? "stuck" : data.packet.data[0]);
  }
  t.deepEqual(
    events.filter((event) => event !== "stuck"),
    unsent.status === "fulfilled" ? ["behind", "after"] : ["after"],
  );
});

test("no more than maxQueueBytes wait, and memory stays bounded", async (t) => {
  const stop = new AbortController();
  const options = { ...quiet, maxQueueBytes: 1_000_000, signal: stop.signal };
  const emitter = emitterFor(t, await silentServer(t), "/", options);
  const before = process.memoryUsage.rss();
  const codes = new Map();
  const text = "x".repeat(100);
  for (let round = 0; round < 100; round++) {
    const calls = Array.from({ length: 10_000 }, () => emitter.emit("e", text));
    // Far beyond what fits: refused at once, so this does not wait for the others.
    t.is((await outcome(calls[9_000])).reason.code, "ERR_QUEUE_FULL");
    for (const call of calls) {
      call.then(
        () => t.fail(),
        ({ code }) => codes.set(code, (codes.get(code) ?? 0) + 1),
      );
    }
  }
  const grown = process.memoryUsage.rss() - before;
  stop.abort(Object.assign(new Error("enough"), { code: "STOPPED" }));
  await emitter.close();
  t.deepEqual([...codes.keys()].sort(), ["ERR_QUEUE_FULL", "STOPPED"]);
  t.is(codes.get("ERR_QUEUE_FULL") + codes.get("STOPPED"), 1_000_000);
  // About 150 bytes each.
  t.true(codes.get("STOPPED") > 4_000 && codes.get("STOPPED") < 10_000);
  t.true(grown < 300e6, `${grown} bytes`);
});

test("a queue that was full takes messages again", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", { ...quiet, maxQueueBytes: 20_000 });
  const results = await Promise.allSettled(
    Array.from({ length: 1_000 }, (_, n) => emitter.emit("e", n, "x".repeat(20))),
  );
  const refused = results.filter(({ status }) => status === "rejected");
  t.true(refused.length > 0 && refused.length < 1_000);
  t.true(refused.every(({ reason }) => reason.code === "ERR_QUEUE_FULL"));
  for (let n = 0; n < 1_000; n++) await emitter.emit("e", n);
});

test("an AbortSignal closes the emitter, and is the reason of what was not sent", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const unlock = await lockTable(t, database);
  const controller = new AbortController();
  const errors = [];
  const emitter = emitterFor(t, database, "/", {
    signal: controller.signal,
    errorHandler: (error) => errors.push(error),
  });
  const underWay = emitter.emit("e", Buffer.from("b"));
  await eventually(() => emitter.state === "connected", "connected");
  await emitter.connect();
  const waiting = emitter.emit("late");
  const atOnce = new Promise((resolve) => setImmediate(resolve)).then(() => emitter.emit("later"));
  await new Promise((resolve) => setImmediate(resolve));
  const reason = new Error("enough");
  controller.abort(reason);
  t.is((await outcome(waiting)).reason, reason);
  t.is((await outcome(atOnce)).reason, reason);
  t.true(errors.includes(reason));
  await t.throwsAsync(emitter.emit("e"), { code: "ERR_CLOSED" });
  // What the server was already working on is still answered.
  await unlock();
  await underWay;
  await emitter.close();
  await eventually(() => emitter.state === "closed", "closed");
});

test("a signal that was aborted before: a closed emitter", async (t) => {
  const emitter = new Emitter(NOWHERE, "/", { ...quiet, signal: AbortSignal.abort() });
  await t.throwsAsync(emitter.emit("e"), { code: "ERR_CLOSED" });
  await t.throwsAsync(emitter.connect(), { code: "ERR_CLOSED" });
  await emitter.close();
});

test("abort while the server is away", async (t) => {
  const controller = new AbortController();
  const emitter = new Emitter(NOWHERE, "/", { ...quiet, signal: controller.signal });
  const calls = [emitter.emit("a"), emitter.emit("b")];
  await eventually(() => emitter.state === "connecting", "connecting");
  controller.abort();
  for (const call of calls) t.is((await outcome(call)).reason, controller.signal.reason);
  await emitter.close();
  await eventually(() => emitter.state === "closed", "closed");
});

test("abort: each call that waits to be sent has the reason, whatever it is", async (t) => {
  for (const reason of [new Error("it is enough"), "a text", null]) {
    const controller = new AbortController();
    const emitter = new Emitter(NOWHERE, "/", { ...quiet, signal: controller.signal });
    const calls = {
      emit: emitter.emit("e"),
      ensureTable: emitter.ensureTable(),
      ensureOutbox: emitter.ensureOutbox(),
      ensureFunctions: emitter.ensureFunctions(),
      queueUsage: emitter.queueUsage(),
    };
    await eventually(() => emitter.state === "connecting", "connecting");
    controller.abort(reason);
    for (const [name, call] of Object.entries(calls)) {
      const { status, reason: failure } = await outcome(call);
      t.is(status, "rejected", name);
      t.is(failure, reason, name);
    }
    await emitter.close();
  }
});

test("queueUsage is a share of the server's queue", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database);
  const usage = await emitter.queueUsage();
  t.true(usage >= 0 && usage <= 1);
});

test("the states of an emitter", async (t) => {
  const database = await postgres.database();
  const states = [];
  const onStateChange = ({ state }) => states.push(state);
  const emitter = new Emitter(database.connectionString, "/", { onStateChange });
  t.is(emitter.state, "idle");
  await emitter.connect();
  t.is(emitter.of("/admin").state, "connected");
  await emitter.close();
  t.is(emitter.state, "closed");
  await eventually(() => states.length === 3, "all changes were told");
  t.deepEqual(states, ["connecting", "connected", "closed"]);
});
