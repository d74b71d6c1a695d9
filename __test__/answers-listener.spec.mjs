// The connection that listens for answers: when there is one, and whom it concerns.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { answerWorlds, SERVERS } from "./support/answer-world.mjs";
import { run } from "./support/child.mjs";
import { sessions, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const postgres = usePostgres(test);
const world = answerWorlds(postgres);

test("without servers the answer is empty, and comes at once", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", { discoveryMillis: 50 });
  t.is(await emitter.serverCount(), 0);
  t.deepEqual(await emitter.fetchSockets(), []);
  t.deepEqual(await emitter.emitWithAck("e"), []);
  t.deepEqual(await emitter.serverSideEmitWithAck("e"), []);
});

test("the servers do not count the emitter among them", async (t) => {
  const { emitter, cluster } = await world(t, "0.5.0");
  await emitter.fetchSockets();
  for (const { io } of cluster.servers) t.is(await io.of("/").adapter.serverCount(), SERVERS);
});

test("a role that may connect twice can send and ask", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  await pool.query("CREATE ROLE twice LOGIN PASSWORD 'twice' CONNECTION LIMIT 2");
  const address = connectionStringOf({ ...database.config, user: "twice", password: "twice" });
  const emitter = emitterFor(t, address, "/", { discoveryMillis: 20 });
  await emitter.emit("e");
  t.deepEqual(await emitter.fetchSockets(), []);
});

test("the listener is opened by the first request, closed after the last, and never by emits", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", { discoveryMillis: 20, listenerIdleMillis: 100 });
  const pool = postgres.server.pool({ max: 1 });
  const open = () => sessions(pool, database.config.database);
  await emitter.emit("e");
  t.is(await open(), 1);
  await Promise.all([emitter.fetchSockets(), emitter.of("/admin").fetchSockets()]);
  t.is(await open(), 2);
  while ((await open()) > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  // And again.
  t.deepEqual(await emitter.fetchSockets(), []);
  t.is(await open(), 2);
  await emitter.close();
  while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  t.pass();
});

test("a process waits for answers, and an idle listener does not hold it", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION);
    emitter.fetchSockets().then((sockets) => console.log("sockets", sockets.length));`;
  const { code, stdout, stderr } = await run(source, {
    env: { CONNECTION: database.connectionString },
  });
  t.is(code, 0, stderr);
  t.is(stdout, "sockets 0\n");
});

test("an emitter that nobody holds closes its listener, too", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const source = `
    import pg from "pg";
    import { Emitter } from "./index.js";
    const client = new pg.Client(process.env.CONNECTION);
    await client.connect();
    const sessions = async () => (await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'socket.io%'",
    )).rows[0].n;
    await (async () => {
      const emitter = new Emitter(process.env.CONNECTION, "/", { discoveryMillis: 20, listenerIdleMillis: 50 });
      await emitter.fetchSockets();
      console.log("asked:", await sessions());
    })();
    const deadline = Date.now() + 10_000;
    while (await sessions() > 0 && Date.now() < deadline) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.log("after:", await sessions());
    await client.end();`;
  const env = { CONNECTION: database.connectionString };
  const { code, stdout, stderr } = await run(source, { env, flags: ["--expose-gc"] });
  t.is(code, 0, stderr);
  t.is(stdout, "asked: 2\nafter: 0\n");
});
