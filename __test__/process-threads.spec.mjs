// Threads: those that loading starts, worker threads that come and go, and how a process ends.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { argumentsOf, heard } from "./support/load.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);

/** `/proc` is Linux's. */
const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("loading starts no thread; the first emitter starts one", async (t) => {
  const { stdout, ...ended } = await run(
    `
    import { readdirSync } from "node:fs";
    import { createRequire } from "node:module";
    const threads = () => readdirSync("/proc/self/task").length;
    // What Node itself starts when it needs it is there by now.
    await import("node:fs/promises").then(({ stat }) => stat("."));
    const before = threads();
    const { Emitter } = createRequire(import.meta.url)("./index.js");
    const loaded = threads();
    const emitters = [1, 2, 3].map(() => new Emitter("postgres://user@127.0.0.1:1/none"));
    console.log(JSON.stringify([loaded - before, threads() - before, emitters.length]));`,
  );
  t.like(ended, { code: 0, killed: false, stderr: "" });
  t.deepEqual(JSON.parse(stdout), [0, 1, 3]);
});

test("process.exit with messages in flight ends at once, and cleanly", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  // Messages that would never be settled by themselves.
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  await client.query("BEGIN; LOCK TABLE socket_io_attachments");
  for (const [when, code] of [
    ["the next turn", "setImmediate(() => process.exit(7));"],
    ["the same turn", "process.exit(7);"],
    [
      "when one is on its way",
      "setInterval(() => io.state === 'connected' && process.exit(7), 1);",
    ],
  ]) {
    const { stdout, ...ended } = await run(
      `
      import { Emitter } from "./index.js";
      const io = new Emitter(process.env.CONNECTION, "/", { publishTimeoutMillis: 3_600_000 });
      process.on("exit", () => console.log(Date.now()));
      for (let n = 0; n < 1_000; n++) io.emit("e", n, n % 2 ? Buffer.alloc(10) : "");
      ${code}`,
      { env: { CONNECTION: database.connectionString } },
    );
    const took = Date.now() - Number(stdout);
    t.like(ended, { code: 7, signal: null, killed: false, stderr: "" }, when);
    // A hundred times what it takes where nothing else runs.
    t.true(took < 10_000, `${when}: ${took} ms`);
  }
});

const ROUNDS = 100;

test("worker threads: four emit, and two of them are stopped mid-flight, a hundred times over", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const listener = await listenFor(t, database);
  // Each message says which worker sent it, and its place among its own.
  const worker = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { Emitter } = require("./index.js");
    const io = new Emitter(process.env.CONNECTION);
    let sent = 0;
    // Whether or not the last ones have arrived: something is always in flight.
    const timer = setInterval(() => {
      const calls = [];
      for (let each = 0; each < 10; each++) {
        const bytes = sent % 40 === 7 ? [Buffer.alloc(50)] : [];
        calls.push(io.emit("e", workerData, sent++, ...bytes));
      }
      const upTo = sent;
      Promise.all(calls).then(
        () => parentPort.postMessage({ sent: upTo }),
        ({ code }) => parentPort.postMessage({ failed: code }),
      );
    }, 5);
    parentPort.once("message", async () => {
      clearInterval(timer);
      await io.close();
      parentPort.postMessage({ ended: sent });
    });`;
  const { stdout, ...ended } = await run(
    `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    let count = 0;
    const failures = [];
    const start = () => {
      const workerData = count++;
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true, execArgv: [], workerData });
      const state = { worker, workerData, resolved: 0 };
      worker.on("error", (error) => failures.push(String(error)));
      state.ended = new Promise((resolve) => {
        worker.on("message", ({ sent, failed, ended }) => {
          if (failed) failures.push(failed);
          if (sent) state.resolved = sent;
          if (ended) resolve(ended);
        });
      });
      return state;
    };
    const stopped = [];
    const workers = [start(), start(), start(), start()];
    // All have sent something, and are sending.
    const busy = () => Promise.all(workers.map(({ worker }) => once(worker, "message")));
    for (let round = 0; round < ${ROUNDS}; round++) {
      // The two oldest of the three that come and go: the first stays to the end.
      const [keeper, ...others] = workers;
      const victims = others.slice(0, 2);
      await busy();
      await Promise.all(victims.map(({ worker }) => worker.terminate()));
      stopped.push(...victims);
      workers.splice(1, 2);
      workers.push(start(), start());
    }
    await busy();
    const rest = await Promise.all(
      workers.map(async ({ worker, workerData, ended }) => {
        worker.postMessage("stop");
        return { workerData, sent: await ended };
      }),
    );
    const report = stopped.map(({ workerData, resolved }) => ({ workerData, resolved }));
    console.log(JSON.stringify({ failures, rest, stopped: report }));`,
    // Starting two hundred threads takes 6 s on two idle cores, and much longer on busy or slow ones.
    { env: { CONNECTION: database.connectionString }, timeoutMs: 200_000 },
  );
  t.like(ended, { code: 0, signal: null, killed: false, stderr: "" });
  const { failures, rest, stopped } = JSON.parse(stdout);
  t.deepEqual(failures, []);
  t.is(stopped.length, 2 * ROUNDS);

  // Those that were stopped have left behind what they had handed over.
  const pool = database.pool({ max: 1 });
  const arrived = new Map();
  const payloads = await heard(listener, pool);
  for (const [from, n] of await argumentsOf(payloads, pool)) {
    if (!arrived.has(from)) arrived.set(from, []);
    arrived.get(from).push(n);
  }
  const inOrder = (from) => arrived.get(from).every((n, index) => n === index);
  for (const { workerData, sent } of rest) {
    t.true(inOrder(workerData));
    t.is(arrived.get(workerData).length, sent);
  }
  for (const { workerData, resolved } of stopped) {
    t.true(inOrder(workerData), `worker ${workerData}`);
    t.true(arrived.get(workerData).length >= resolved);
  }
  t.log({ messages: payloads.length, kept: rest.map(({ sent }) => sent) });
});

test("worker threads one after the other, and never an emitter in the main thread", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const worker = `
    const { Emitter } = require("./index.js");
    new Emitter(process.env.CONNECTION).emit("e", require("node:worker_threads").workerData);`;
  const ended = await run(
    `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    for (let workerData = 0; workerData < 10; workerData++) {
      const options = { eval: true, execArgv: [], workerData };
      await once(new Worker(${JSON.stringify(worker)}, options), "exit");
    }`,
    { env: { CONNECTION: database.connectionString } },
  );
  t.like(ended, { code: 0, signal: null, killed: false, stderr: "" });
  const numbers = (await listener.next(10)).map(
    ({ payload }) => JSON.parse(payload).data.packet.data[1],
  );
  t.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
