// No answer that is not so: a listener that hears nothing, servers that are busy when they are asked, and
// emitters that were dropped.

import { fileURLToPath } from "node:url";
import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { NEWEST_OF_EACH_KIND, OLDEST_ADAPTER } from "../tools/adapters.mjs";
import { NEVER_MS } from "../tools/limits.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { known, OPTIONS, TIMEOUT_MS } from "./support/answer-world.mjs";
import { startProgram } from "./support/command.mjs";
import { eventually, sessions, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";
import { serverProcess } from "./support/own-process.mjs";
import { listenFor } from "./support/wire.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const log = [];
const postgres = usePostgres(test, { log: (text) => log.push(text) });

const ASK = {
  fetchSockets: (emitter) => emitter.fetchSockets(),
  emitWithAck: (emitter) => emitter.emitWithAck("e"),
  serverSideEmitWithAck: (emitter) => emitter.serverSideEmitWithAck("e"),
  serverCount: (emitter) => emitter.serverCount(),
};
// The last when a new listener cannot be opened, either.
const UNSURE = ["ERR_ACK_TIMEOUT", "ERR_LISTENER_LOST", "ERR_TIMEOUT", "ETIMEDOUT"];

async function worldOf(t) {
  const database = await postgres.database(attachmentTableSql());
  const network = await startProxy(postgres.server.config);
  t.teardown(() => network.close());
  return { database, network, behind: { ...database.config, port: network.port } };
}

test("a listener that went mute proves nothing, for as long as it is mute", async (t) => {
  const { database, network, behind } = await worldOf(t);
  await fakeServer(t, database);
  const options = { ...OPTIONS, discoveryMillis: 100, heartbeatTimeoutMillis: 1_000 };
  const emitter = emitterFor(t, database, "/", { ...options, listenConnection: behind });
  await known(emitter, 1);
  network.goBlack();
  let isLost = false;
  const lost = outcome(emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e")).finally(() => {
    isLost = true;
  });
  const until = Date.now() + 8_000;
  while (!isLost || Date.now() < until) {
    const calls = Object.values(ASK).map((ask) => ask(emitter));
    for (const one of await Promise.all(calls.map(outcome))) {
      // A server that spoke within the time of a heartbeat may be counted without a question.
      if (one.status === "fulfilled" && one.value === 1) continue;
      t.is(one.status, "rejected", JSON.stringify(one.value));
      t.true(UNSURE.includes(one.reason?.code), one.reason?.code);
    }
  }
  t.is((await lost).reason?.code, "ERR_LISTENER_LOST");
  await network.comeBack();
  await eventually(
    async () => (await outcome(emitter.serverCount())).value === 1,
    "the servers are known again",
  );
});

test("a listenConnection to another database is told, and not an empty answer", async (t) => {
  const { database } = await worldOf(t);
  const other = await postgres.database();
  await fakeServer(t, database);
  const options = { ...OPTIONS, discoveryMillis: 100, listenConnection: other.config };
  const emitter = emitterFor(t, database, "/", options);
  const outcomes = await Promise.all(Object.values(ASK).map((ask) => outcome(ask(emitter))));
  for (const { reason } of outcomes) t.is(reason?.code, "ERR_LISTENER_LOST");
});

for (const adapter of [OLDEST_ADAPTER, ...NEWEST_OF_EACH_KIND]) {
  for (const busyMillis of [400, 2_500]) {
    test(`${adapter}: a server that is busy for ${busyMillis} ms when it is first asked`, async (t) => {
      const database = await postgres.database(attachmentTableSql());
      const child = await serverProcess(t, database, adapter);
      const server = await fakeServer(t, database);
      child.kill("SIGSTOP");
      setTimeout(() => child.kill("SIGCONT"), busyMillis);
      const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
      const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("pid");
      await server.say(server.answer(await server.request(), ANSWER.SERVER, { packet: 0 }));
      t.deepEqual((await asked).sort(), [0, child.pid]);
      t.is(await emitter.serverCount(), 2);
    });
  }
}

test("servers of another namespace hold up the first request less than silent ones of its own", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  // It has a session, as a server does, and never speaks.
  await listenFor(t, database);
  const [own, elsewhere] = ["/", "/elsewhere"].map((nsp) =>
    emitterFor(t, database, nsp, { errorHandler: () => {} }),
  );
  const answered = [];
  const ask = async (emitter) => {
    t.deepEqual(await emitter.fetchSockets(), []);
    answered.push(emitter.nsp);
  };
  await Promise.all([ask(own), ask(elsewhere)]);
  t.deepEqual(answered, ["/elsewhere", "/"]);
});

test("an emitter that was dropped takes its listener along", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = postgres.server.pool({ max: 1 });
  const source = `
    import { once } from "node:events";
    import { setTimeout as wait } from "node:timers/promises";
    import { Emitter } from "./index.js";
    await (async () => {
      const emitter = new Emitter(process.env.DATABASE, "/", { discoveryMillis: 20 });
      await emitter.fetchSockets();
      await once(process.stdin, "data");
      console.log(emitter.state);
    })();
    for (;;) { await wait(50); gc(); }`;
  const { child, until, ended } = startProgram(
    process.execPath,
    ["--expose-gc", "--input-type=module", "--eval", source],
    { cwd: ROOT, env: { DATABASE: database.connectionString }, timeoutMs: 2 * NEVER_MS },
  );
  t.teardown(() => child.kill("SIGKILL"));
  const open = () => sessions(pool, database.config);
  await eventually(async () => (await open()) === 2, "both connections are open");
  child.stdin.write("go on");
  await until(({ stdout }) => stdout === "connected\n");
  await eventually(async () => (await open()) === 0, "both connections are gone");
  child.kill("SIGINT");
  t.is((await ended).signal, "SIGINT", "it was there until now");
});

test("opening and closing a listener leaves no complaint in the server's log", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = postgres.server.pool({ max: 1 });
  const emitter = new Emitter(database.connectionString, "/", { discoveryMillis: 20 });
  await emitter.fetchSockets();
  await emitter.close();
  const open = () => sessions(pool, database.config);
  await eventually(async () => (await open()) === 0, "all connections are gone");
  await pool.query("DO $$ BEGIN RAISE LOG 'all is written until here'; END $$");
  await eventually(() => log.some((text) => text.includes("until here")), "the log is read");
  t.deepEqual(
    log.filter((text) => text.includes("unexpected EOF")),
    [],
  );
});
