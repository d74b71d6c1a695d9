// Answers when something is lost: the listener, a server, or time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { encode } from "@msgpack/msgpack";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import {
  answerWorlds,
  OPTIONS,
  PATIENCE_MS,
  SERVERS,
  SILENCE_MS,
} from "./support/answer-world.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

/** Nothing else runs meanwhile in this process. */
function standStill(millis) {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

test("a lost listener fails what is outstanding, and the next request works", async (t) => {
  const { database, emitter } = await world(t, "0.5.0");
  await emitter.serverCount();
  const pool = postgres.server.pool({ max: 1 });
  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("most");
  await new Promise((resolve) => setImmediate(resolve));
  await pool.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = $1 AND application_name = 'socket.io-postgres-emitter' AND query LIKE 'LISTEN%'`,
    [database.config.database],
  );
  const error = await t.throwsAsync(asked, { code: "ERR_LISTENER_LOST" });
  t.is(error.cause.code, "57P01");
  t.is((await emitter.fetchSockets()).length, 4);
});

/** A server in a process of its own. */
async function serverProcess(t, { connectionString }) {
  const program = fileURLToPath(new URL("./support/server-process.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, connectionString], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("a frozen server costs a request its time, a killed one is forgotten", async (t) => {
  const { database, emitter } = await world(t, "0.5.0");
  const child = await serverProcess(t, database);
  t.is(await emitter.serverCount(), SERVERS + 1);
  child.kill("SIGSTOP");
  const { reason } = await outcome(emitter.timeout(SILENCE_MS).fetchSockets());
  t.is(reason.code, "ERR_ACK_TIMEOUT");
  t.is(reason.responses.length, 4);
  child.kill("SIGCONT");
  t.is((await emitter.timeout(8_000).fetchSockets()).length, 4);
  child.kill("SIGKILL");
  // Ten seconds of silence, and nobody waits for it.
  t.is((await emitter.timeout(PATIENCE_MS).fetchSockets()).length, 4);
  t.is(await emitter.serverCount(), SERVERS);
});

test("heartbeatTimeoutMillis: how long a frozen server is waited for", async (t) => {
  const { database } = await world(t, "0.5.0");
  const child = await serverProcess(t, database);
  const emitter = emitterFor(t, database, "/", {
    errorHandler: () => {},
    discoveryMillis: 1_000,
    heartbeatTimeoutMillis: 3_000,
  });
  t.is(await emitter.serverCount(), SERVERS + 1);
  child.kill("SIGSTOP");
  const started = performance.now();
  // With the default it would take 8.5 s at least.
  t.is((await emitter.timeout(PATIENCE_MS).fetchSockets()).length, 4);
  t.true(performance.now() - started < 7_000);
});

test("an emitter whose process stood still forgets no server", async (t) => {
  const { database } = await world(t);
  const child = await serverProcess(t, database);
  const emitter = emitterFor(t, database, "/", { ...OPTIONS, heartbeatTimeoutMillis: 300 });
  t.is(await emitter.serverCount(), SERVERS + 1);
  standStill(500);
  t.is((await emitter.fetchSockets()).length, 4);
  standStill(500);
  t.is(await emitter.serverCount(), SERVERS + 1);
  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("pid");
  standStill(500);
  // Only one of them has a listener for it, and the others are not given up.
  t.is((await outcome(Promise.race([asked, emitter.serverCount()]))).value, SERVERS + 1);
  child.kill("SIGKILL");
});

test("an answer counts that came while the process stood still", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const child = await serverProcess(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  t.is(await emitter.serverCount(), 1);
  for (let round = 0; round < 5; round++) {
    const asked = emitter.timeout(200).serverSideEmitWithAck("pid");
    // Its time runs.
    await emitter.flush();
    standStill(400);
    t.deepEqual(await asked, [child.pid]);
  }
});

test("a silent server is waited for as long as it gives signs of life when asked", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", { ...OPTIONS, heartbeatTimeoutMillis: 100 });
  t.is(await emitter.serverCount(), 1);
  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("slow");
  const request = await server.request();
  await server.askedForLife(3);
  await server.say(server.answer(request, ANSWER.SERVER, { packet: "late" }));
  t.deepEqual(await asked, ["late"]);
  server.mute();
  t.deepEqual(await emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("slow"), []);
  t.is(await emitter.serverCount(), 0);
});

test("what a server answered before it closed counts, and the server does not any more", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  t.is(await emitter.serverCount(), 1);
  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("last words");
  const { data } = await server.request();
  const answer = {
    uid: server.uid,
    nsp: "/",
    type: ANSWER.SERVER,
    data: { requestId: data.requestId, packet: "x".repeat(2_000_000) },
  };
  const header = await server.header(ANSWER.SERVER, encode(answer));
  server.mute();
  await server.say(header, { type: ANSWER.GOODBYE });
  t.is((await asked)[0].length, 2_000_000);
  t.is(await emitter.serverCount(), 0);
  // From its pool, a broadcast of a disconnect handler can come even later.
  await server.say({ type: 3, data: { packet: {}, opts: {} } });
  t.deepEqual(await emitter.of("/").serverSideEmitWithAck("anybody?"), []);
  t.is(await emitter.serverCount(), 0);
});
