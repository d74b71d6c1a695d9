// Answers of three workers in Node's cluster mode, also when one of them is lost. A worker's answers
// go through its primary, which knows of no requests.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import {
  known,
  OPTIONS,
  SHORT_TIMEOUT_MS,
  SILENCE_TELLS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { startClusterMode } from "./support/cluster-mode.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { slots } from "./support/slots.mjs";

const WORKERS = [1, 2, 3];

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const turns = slots(2);

/** Three workers with a client each, the last of which answers nothing, and an emitter. */
async function world(t, how = {}) {
  await turns.take(t);
  const database = await postgres.database(attachmentTableSql());
  const app = await startClusterMode(database, { workers: 3, ...how });
  t.teardown(() => app.close());
  const clients = [];
  for (const index of [0, 1, 2]) {
    const client = await app.connect(index, "/", [index === 1 ? "odd" : "even"]);
    if (index < 2) client.on("ask", (callback) => callback(index));
    clients.push(client);
  }
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 3);
  return { database, app, clients, emitter };
}

const workersOf = (answers) => answers.map(({ worker }) => worker).sort();

test("every worker answers, and every client but the silent one", async (t) => {
  const { emitter, clients } = await world(t);
  t.deepEqual(
    workersOf(await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", 1)),
    WORKERS,
  );
  const sockets = await emitter.timeout(TIMEOUT_MS).fetchSockets();
  t.deepEqual(sockets.map(({ id }) => id).sort(), clients.map(({ id }) => id).sort());
  t.is((await emitter.timeout(TIMEOUT_MS).in("even").fetchSockets()).length, 2);
  t.deepEqual(await emitter.timeout(TIMEOUT_MS).to("odd").emitWithAck("ask"), [1]);
  const error = await t.throwsAsync(emitter.timeout(SHORT_TIMEOUT_MS).emitWithAck("ask"), {
    code: "ERR_ACK_TIMEOUT",
  });
  t.deepEqual(error.responses.sort(), [0, 1]);
  const first = sockets.find(({ id }) => id === clients[0].id);
  t.is(await first.timeout(TIMEOUT_MS).emitWithAck("ask"), 0);
});

test("200 requests at once find their answers, and one of 1 MB its own", async (t) => {
  const { emitter } = await world(t);
  const unhurried = emitter.timeout(TIMEOUT_MS);
  const big = unhurried.serverSideEmitWithAck("big");
  const asked = Array.from({ length: 200 }, (_, n) => {
    if (n % 3 === 0) return unhurried.serverSideEmitWithAck("who", n);
    return n % 3 === 1
      ? unhurried.in("even").fetchSockets()
      : unhurried.to("odd").emitWithAck("ask");
  });
  (await Promise.all(asked)).forEach((answers, n) => {
    if (n % 3 === 0) {
      t.deepEqual(workersOf(answers), WORKERS);
      t.true(answers.every(({ arg }) => arg === n));
    } else if (n % 3 === 1) t.is(answers.length, 2);
    else t.deepEqual(answers, [1]);
  });
  t.deepEqual(
    (await big).map(({ length }) => length),
    [1_000_000, 1_000_000, 1_000_000],
  );
});

test("malformed messages on the channel disturb no request", async (t) => {
  const { database } = await world(t);
  // What claims to be of a server is waited for until it is silent.
  const emitter = emitterFor(t, database, "/", SILENCE_TELLS);
  await known(emitter, 3);
  const pool = database.pool({ max: 1 });
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", 1);
  for (const odd of ["", "null", '{"uid":"a","type":10,"nsp":"/"}', '{"uid":5,"type":13}']) {
    await pool.query("SELECT pg_notify('socket.io#/', $1)", [odd]);
  }
  t.deepEqual(workersOf(await asked), WORKERS);
});

/** Asks what no worker answers, and resolves when all of them have been asked. */
async function hold(emitter, app) {
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("hold");
  for (const worker of WORKERS) {
    await app.report((line) => line.worker === worker && line.event === "hold", "asked");
  }
  return { asked };
}

test("a worker that closes in mid-request is not waited for", async (t) => {
  const { emitter, app } = await world(t);
  const { asked } = await hold(emitter, app);
  for (const worker of WORKERS) await emitter.serverSideEmit("close worker", worker);
  // No server answered, and none is left.
  t.deepEqual(await asked, []);
  t.is(await emitter.serverCount(), 0);
});

test("a worker that is killed is forgotten, and a frozen one costs a request its time", async (t) => {
  const { database, app } = await world(t);
  const emitter = emitterFor(t, database, "/", SILENCE_TELLS);
  await known(emitter, 3);
  process.kill(app.pids[2], "SIGSTOP");
  const { reason } = await outcome(
    emitter.timeout(SHORT_TIMEOUT_MS).serverSideEmitWithAck("who", 1),
  );
  process.kill(app.pids[2], "SIGCONT");
  t.is(reason.code, "ERR_ACK_TIMEOUT");
  t.deepEqual(workersOf(reason.responses), [1, 2]);
  const all = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", 2);
  t.deepEqual(workersOf(all), WORKERS);

  process.kill(app.pids[2], "SIGKILL");
  const rest = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", 3);
  t.deepEqual(workersOf(rest), [1, 2]);
  await eventually(async () => (await emitter.serverCount()) === 2, "two workers are left");
});

test('with serialization "json" answers arrive, and bytes as plain objects', async (t) => {
  const { emitter } = await world(t, { serialization: "json" });
  const answers = await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who", { deep: [1] });
  t.deepEqual(
    answers.toSorted((a, b) => a.worker - b.worker),
    WORKERS.map((worker) => ({
      worker,
      arg: { deep: [1] },
      bytes: { type: "Buffer", data: [worker] },
    })),
  );
  t.is((await emitter.timeout(TIMEOUT_MS).fetchSockets()).length, 3);
  t.deepEqual(await emitter.timeout(TIMEOUT_MS).to("odd").emitWithAck("ask"), [1]);
});
