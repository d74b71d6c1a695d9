// The connection that listens for answers: when there is one, and whom it concerns.

import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { startTcpServer } from "../tools/tcp-server.mjs";
import {
  answerWorlds,
  LISTENER,
  listensTo,
  OPTIONS,
  SERVERS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { run } from "./support/child.mjs";
import { eventually, sessions, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";

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
  const { emitter, cluster } = await world(t);
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
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", {
    ...OPTIONS,
    ...listensTo(database),
    listenerIdleMillis: 100,
  });
  const open = (count) =>
    eventually(
      async () => (await sessions(server.pool, { name: LISTENER })) === count,
      `${count} listeners`,
    );
  await emitter.emit("e");
  t.is(await sessions(server.pool, { name: LISTENER }), 0);
  // And again.
  for (let round = 0; round < 2; round++) {
    const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow");
    const request = await server.request();
    t.deepEqual(await emitter.of("/admin").fetchSockets(), []);
    // Of two, one only asked whether there is a pooler.
    await open(1);
    await server.say(server.answer(request, ANSWER.SERVER, { packet: round }));
    t.deepEqual(await asked, [round]);
    await open(0);
  }
  await emitter.close();
  // That of the server.
  await eventually(async () => (await sessions(server.pool)) === 1, "no session is left");
  t.pass();
});

test("a process waits for answers, and an idle listener does not hold it", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { listenerIdleMillis: 3_600_000 });
    emitter.fetchSockets().then((sockets) => console.log("sockets", sockets.length));`;
  const { code, stdout, stderr } = await run(source, {
    env: { CONNECTION: database.connectionString },
  });
  t.is(code, 0, stderr);
  t.is(stdout, "sockets 0\n");
});

test("what servers say to each other does not wake the event loop, and is heard", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const source = `
    import pg from "pg";
    import { Emitter } from "./index.js";
    const client = new pg.Client(process.env.CONNECTION);
    await client.connect();
    const emitter = new Emitter(process.env.CONNECTION, "/", { discoveryMillis: 20 });
    const before = await emitter.serverCount();
    const loops = () => performance.nodeTiming.uvMetricsInfo.loopCount;
    const start = loops();
    await client.query(\`DO $$ BEGIN FOR i IN 1..300 LOOP
      PERFORM pg_notify('socket.io#/', format('{"type":3,"data":{"n":%s},"uid":"server%s","nsp":"/"}', i, i % 5));
      COMMIT;
      PERFORM pg_sleep(0.002);
    END LOOP; END $$\`);
    const woken = loops() - start;
    console.log(before, woken < 50 || woken, await emitter.serverCount());
    await Promise.all([client.end(), emitter.close()]);`;
  const { code, stdout, stderr } = await run(source, {
    env: { CONNECTION: database.connectionString },
  });
  t.is(code, 0, stderr);
  t.is(stdout, "0 true 5\n");
});

test("an emitter that is dropped closes its listener, too", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const source = `
    import pg from "pg";
    import { Emitter } from "./index.js";
    const client = new pg.Client(process.env.CONNECTION);
    await client.connect();
    const sessions = async () => (await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'socket.io%'",
    )).rows[0].n;
    const deadline = Date.now() + 20_000;
    const until = async (count) => {
      while (await sessions() !== count && Date.now() < deadline) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return sessions();
    };
    await (async () => {
      const emitter = new Emitter(process.env.CONNECTION, "/", { discoveryMillis: 20, listenerIdleMillis: 3_600_000 });
      await emitter.fetchSockets();
      // A third one only asked whether there is a pooler.
      console.log("asked:", await until(2), emitter.state);
    })();
    console.log("after:", await until(0));
    await client.end();`;
  const env = { CONNECTION: database.connectionString };
  const { code, stdout, stderr } = await run(source, { env, flags: ["--expose-gc"] });
  t.is(code, 0, stderr);
  t.is(stdout, "asked: 2 connected\nafter: 0\n");
});

test("a listenConnection that cannot be used is refused by the constructor", (t) => {
  for (const [code, listenConnection] of [
    ["ERR_INVALID_ARG_VALUE", "mysql://u:p@h/d"],
    ["ERR_INVALID_ARG_VALUE", "postgres://u:p@h/d?no_such_parameter=1"],
    ["ERR_INVALID_ARG_TYPE", 5],
    ["ERR_INVALID_ARG_VALUE", { port: 0 }],
  ]) {
    const make = () => new Emitter(NOWHERE, "/", { listenConnection });
    t.throws(make, { instanceOf: EmitterError, code }, JSON.stringify(listenConnection));
  }
});

test("JavaScript holds no password of either connection", async (t) => {
  const source = `
    import { getHeapSnapshot } from "node:v8";
    import { Emitter } from "./index.js";
    // Backwards, for a compiler may join two constants.
    const forwards = (word) => [...word].reverse().join("");
    globalThis.kept = forwards("eldeen");
    const make = () => new Emitter(process.env.CONNECTION, "/", {
      listenConnection: process.env.LISTEN_CONNECTION,
    });
    const emitter = make();
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    const chunks = [];
    for await (const chunk of getHeapSnapshot()) chunks.push(chunk);
    const text = chunks.join("");
    console.log(emitter.state, ["eldeen", "1kcatsyah", "2kcatsyah"].map((word) => text.includes(forwards(word))));`;
  const env = {
    CONNECTION: "postgres://user:haystack1@127.0.0.1:1/d",
    LISTEN_CONNECTION: "postgres://user:haystack2@127.0.0.1:1/d",
  };
  const { stdout, stderr } = await run(source, { env, flags: ["--expose-gc"] });
  t.is(stdout, "idle [ true, false, false ]\n", stderr);
});

test("close ends the opening of a listener that is not answered", async (t) => {
  const mute = await startTcpServer();
  t.teardown(mute.close);
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { errorHandler() {} });
    const asked = emitter.fetchSockets();
    asked.catch(({ code }) => console.log(code));
    setTimeout(() => emitter.close(), 100);`;
  // An hour, and the process ends within the time that a test has.
  const CONNECTION = `${mute.connectionString}?connect_timeout=3600`;
  const { code, stdout, stderr, killed } = await run(source, { env: { CONNECTION } });
  t.false(killed);
  t.is(code, 0, stderr);
  t.is(stdout, "ERR_CLOSED\n");
});

test("close ends the waiting for the servers", async (t) => {
  const database = await postgres.database();
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { discoveryMillis: 3_600_000 });
    const asked = emitter.fetchSockets();
    asked.catch(({ code }) => console.log(code));
    while (emitter.stats().messages === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    emitter.close();`;
  const env = { CONNECTION: database.connectionString };
  const { code, stdout, stderr, killed } = await run(source, { env });
  t.false(killed);
  t.is(code, 0, stderr);
  t.is(stdout, "ERR_CLOSED\n");
});

test("the listener stays open during a request that takes longer than it may be idle", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", {
    ...OPTIONS,
    discoveryMillis: 4_000,
    listenerIdleMillis: 1,
  });
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow");
  const request = await server.request();
  // Others come and go meanwhile.
  t.deepEqual(await emitter.of("/admin").serverSideEmitWithAck("e"), []);
  await server.say(server.answer(request, ANSWER.SERVER, { packet: 1 }));
  t.deepEqual(await asked, [1]);
});

test("each namespace is listened to for as long as requests are made there", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", {
    ...OPTIONS,
    discoveryMillis: 4_000,
    listenerIdleMillis: 100,
  });
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow");
  const request = await server.request();
  await Promise.all([1, 2, 3].map((n) => emitter.of(`/${n}`).fetchSockets()));
  // The session's last statement is its last word on what it listens to.
  const words = async () => {
    const { rows } = await server.pool.query(
      `SELECT query FROM pg_stat_activity
       WHERE datname = $1 AND application_name = 'socket.io-postgres-emitter'
         AND query LIKE '%LISTEN%'`,
      [database.config.database],
    );
    return rows.map(({ query }) => query);
  };
  await eventually(async () => (await words())[0]?.startsWith("UNLISTEN"), "UNLISTEN");
  t.is((await words()).length, 1);
  // And again, while the other one is still under way.
  t.deepEqual(await emitter.of("/1").fetchSockets(), []);
  await server.say(server.answer(request, ANSWER.SERVER, { packet: 1 }));
  t.deepEqual(await asked, [1]);
});
