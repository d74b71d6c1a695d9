// Answers, from servers with each generation of the adapter: who is asked, what comes, and what does
// not.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import test from "ava";
import { attachmentTableSql, EmitterError } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import { run } from "./support/child.mjs";
import { eventually, sessions, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { slots } from "./support/slots.mjs";
import { listenFor, TYPE, text } from "./support/wire.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const worlds = slots(4);
const SERVERS = 3;

/** How long a request may take that everyone answers, on the busiest machine. */
const PATIENCE_MS = 20_000;
/** How long those are waited for that say nothing, when all others have long answered. */
const SILENCE_MS = 1_500;

/** Three servers, four clients: two in "even", two in "odd", of which the last never answers. */
async function world(t, adapter) {
  await worlds.take(t);
  const database = await postgres.database(attachmentTableSql());
  const cluster = await startCluster({
    server: database,
    adapter,
    servers: SERVERS,
    namespaces: ["/", "/admin"],
  });
  cluster.servers.forEach(({ io }, index) => {
    io.on("who", (arg, callback) => callback({ index, arg }));
    io.on("big", (callback) => callback("x".repeat(1_000_000)));
    io.on("bytes", (callback) => callback({ bytes: Buffer.from([index]) }));
    io.on("when", (callback) => callback({ bytes: Buffer.alloc(1), at: new Date(1_000) }));
    if (index > 0) io.on("most", (callback) => callback(index));
  });
  const clients = [];
  for (let index = 0; index < 4; index++) {
    const rooms = [index % 2 ? "odd" : "even"];
    const client = await cluster.connect(index % SERVERS, "/", { rooms });
    client.on("ask", (arg, callback) => callback({ index, arg }));
    client.on("bytes", (callback) => callback(Buffer.from([index])));
    client.on("most", (callback) => index < 3 && callback?.(index));
    clients.push(client);
  }
  // Long enough for a busy machine.
  const options = { errorHandler: () => {}, discoveryMillis: 1_000 };
  const emitter = emitterFor(t, database, "/", options);
  t.teardown(() => cluster.close());
  return { database, cluster, clients, emitter };
}

const byIndex = (answers) => answers.toSorted((a, b) => a.index - b.index);
const numbers = (answers) => answers.toSorted((a, b) => a - b);

for (const adapter of ["0.1.1", "0.2.0", "0.3.1", "0.4.0", "0.5.0"]) {
  const knowsAcks = !["0.1.1", "0.2.0"].includes(adapter);

  test(`${adapter}: servers are counted, and answer once each`, async (t) => {
    const { emitter } = await world(t, adapter);
    t.is(await emitter.serverCount(), SERVERS);
    const answers = await emitter.serverSideEmitWithAck("who", 5);
    t.deepEqual(
      byIndex(answers),
      [0, 1, 2].map((index) => ({ index, arg: 5 })),
    );
    const big = await emitter.serverSideEmitWithAck("big");
    t.deepEqual(
      big.map(({ length }) => length),
      [1_000_000, 1_000_000, 1_000_000],
    );
    const bytes = await emitter.serverSideEmitWithAck("bytes");
    t.true(bytes.every((answer) => Buffer.isBuffer(answer.bytes)));
    t.deepEqual(numbers(bytes.map((answer) => answer.bytes[0])), [0, 1, 2]);
    // MessagePack's timestamp.
    const [{ at }] = await emitter.serverSideEmitWithAck("when");
    t.deepEqual(at, new Date(1_000));

    const error = await t.throwsAsync(emitter.timeout(SILENCE_MS).serverSideEmitWithAck("most"), {
      instanceOf: EmitterError,
      code: "ERR_ACK_TIMEOUT",
    });
    t.deepEqual(numbers(error.responses), [1, 2]);
    const [failure, responses] = await new Promise((resolve) => {
      emitter.serverSideEmit("who", 6, (...told) => resolve(told));
    });
    t.is(failure, null);
    t.is(responses.length, SERVERS);
  });

  test(`${adapter}: sockets are fetched, and can be acted upon`, async (t) => {
    const { emitter, clients, cluster } = await world(t, adapter);
    for (const { io } of cluster.servers) {
      for (const socket of io.of("/").sockets.values()) socket.data.name = `n ${socket.id}`;
    }
    const all = await emitter.fetchSockets();
    t.deepEqual(all.map(({ id }) => id).sort(), clients.map(({ id }) => id).sort());
    const odd = await emitter.in("odd").except(clients[3].id).fetchSockets();
    t.is(odd.length, 1);
    const [socket] = odd;
    t.is(socket.id, clients[1].id);
    t.deepEqual(socket.rooms, new Set([socket.id, "odd"]));
    t.deepEqual(socket.data, { name: `n ${socket.id}` });
    t.deepEqual(socket.handshake.auth, { rooms: ["odd"] });
    t.deepEqual(await emitter.of("/admin").fetchSockets(), []);

    await socket.join("more", ["rooms"]);
    await socket.leave("odd");
    const told = new Promise((resolve) => clients[1].once("hello", resolve));
    await socket.emit("hello", 7);
    t.is(await told, 7);
    const [again] = await emitter.in("rooms").fetchSockets();
    t.deepEqual(again.rooms, new Set([socket.id, "more", "rooms"]));
    const gone = new Promise((resolve) => clients[1].once("disconnect", resolve));
    await socket.disconnect();
    await gone;
  });

  test(`${adapter}: 200 requests at once find their answers`, async (t) => {
    const { emitter } = await world(t, adapter);
    const asked = Array.from({ length: 200 }, (_, n) =>
      n % 2
        ? emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("who", n)
        : emitter.in("even").timeout(PATIENCE_MS).fetchSockets(),
    );
    (await Promise.all(asked)).forEach((answers, n) => {
      if (n % 2) t.true(answers.length === SERVERS && answers.every(({ arg }) => arg === n));
      else t.is(answers.length, 2);
    });
  });

  const acks = knowsAcks ? "clients acknowledge" : "clients cannot be asked";
  test(`${adapter}: ${acks}`, async (t) => {
    const { emitter, clients } = await world(t, adapter);
    if (!knowsAcks) {
      for (const client of clients) client.removeAllListeners("most");
      const heard = new Promise((resolve) => clients[0].once("most", resolve));
      await t.throwsAsync(emitter.timeout(300).emitWithAck("most"), { code: "ERR_ACK_TIMEOUT" });
      // The event itself arrives, without a callback.
      t.is(await heard, undefined);
      return;
    }
    const answers = await emitter.emitWithAck("ask", 1);
    t.deepEqual(
      byIndex(answers),
      [0, 1, 2, 3].map((index) => ({ index, arg: 1 })),
    );
    const even = await emitter.to("even").emitWithAck("bytes");
    t.true(even.every((answer) => Buffer.isBuffer(answer)));
    t.deepEqual(numbers(even.map(([byte]) => byte)), [0, 2]);
    t.deepEqual(await emitter.to("nobody").emitWithAck("ask", 1), []);
    t.deepEqual(await emitter.of("/admin").emitWithAck("ask", 1), []);

    const error = await t.throwsAsync(emitter.timeout(SILENCE_MS).emitWithAck("most"), {
      code: "ERR_ACK_TIMEOUT",
    });
    t.deepEqual(numbers(error.responses), [0, 1, 2]);
    const published = [];
    const [failure, responses] = await new Promise((resolve) => {
      const call = emitter
        .to("odd")
        .timeout(SILENCE_MS)
        .emit("most", (...told) => resolve(told));
      call.then((value) => published.push(value));
    });
    t.is(failure.code, "ERR_ACK_TIMEOUT");
    t.deepEqual(responses, [1]);
    t.deepEqual(published, [undefined]);
  });

  test(`${adapter}: a server that closes is not waited for`, async (t) => {
    const { emitter, cluster, clients } = await world(t, adapter);
    t.is(await emitter.serverCount(), SERVERS);
    // No listener of server 0 answers this, and one of its clients does not either.
    const heard = Promise.all(clients.map((client) => once(client, "most")));
    const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("most");
    const acknowledged = knowsAcks
      ? emitter.timeout(PATIENCE_MS).emitWithAck("most")
      : emitter.emit("most");
    await heard;
    const started = performance.now();
    await cluster.servers[0].close();
    t.deepEqual(numbers(await asked), [1, 2]);
    // Its other client may have been in time.
    const acknowledgements = await acknowledged;
    if (knowsAcks) t.deepEqual(numbers(acknowledgements.filter((index) => index > 0)), [1, 2]);
    const waited = performance.now() - started;
    t.log(`${Math.round(waited)} ms`);
    // Adapters up to 0.3.1 send no word of goodbye: ten seconds of silence are one.
    t.true(waited < (["0.4.0", "0.5.0"].includes(adapter) ? 5_000 : 15_000));
    t.is(await emitter.serverCount(), SERVERS - 1);
  });
}

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

test("answers to others, late and malformed ones are passed over", async (t) => {
  const { database, emitter } = await world(t, "0.5.0");
  await emitter.serverCount();
  const pool = database.pool({ max: 1 });
  const say = (payload) => pool.query("SELECT pg_notify('socket.io#/', $1)", [payload]);
  const late = await outcome(emitter.timeout(1).serverSideEmitWithAck("most"));
  t.is(late.reason.code, "ERR_ACK_TIMEOUT");
  const asked = emitter.timeout(SILENCE_MS).serverSideEmitWithAck("most");
  for (const odd of [
    "",
    "no JSON",
    "null",
    "[]",
    '{"uid":"a","type":10}',
    '{"uid":"a","type":10,"data":null,"nsp":"/"}',
    '{"uid":"a","type":10,"data":{"requestId":"nobody\'s","packet":1},"nsp":"/"}',
    '{"uid":"a","type":8,"data":{"requestId":"__proto__","sockets":5},"nsp":"/"}',
    '{"uid":5,"type":13,"nsp":"/"}',
    '{"uid":"a","type":8,"attachmentId":"999999"}',
    '{"uid":"a","type":8,"attachmentId":"x"}',
    '{"uid":"a","type":13,"nsp":"/"}',
  ]) {
    await say(odd);
  }
  t.deepEqual(numbers((await outcome(asked)).reason.responses), [1, 2]);
  t.is(await emitter.serverCount(), SERVERS);
});

test("the answer of a server not known yet counts", async (t) => {
  const { database, cluster, emitter } = await world(t, "0.5.0");
  const waiting = [];
  for (const { io } of cluster.servers) io.on("slow", (callback) => waiting.push(callback));
  const listener = await listenFor(t, database);
  t.is(await emitter.serverCount(), SERVERS);

  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("slow");
  await eventually(() => waiting.length === SERVERS, "every server has been asked");
  const request = listener.messages.map(text).find((each) => each.includes('"slow"'));
  const answer = {
    uid: "stranger",
    nsp: "/",
    type: TYPE.SERVER_SIDE_EMIT_RESPONSE,
    data: { requestId: JSON.parse(request).data.requestId, packet: "of a stranger" },
  };
  const pool = database.pool({ max: 1 });
  await pool.query("SELECT pg_notify('socket.io#/', $1)", [JSON.stringify(answer)]);
  for (const [index, callback] of waiting.entries()) callback(index);
  t.deepEqual((await asked).sort(), [0, 1, 2, "of a stranger"]);
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

test("close rejects what is outstanding", async (t) => {
  const { emitter } = await world(t, "0.5.0");
  await emitter.serverCount();
  const asked = emitter.timeout(PATIENCE_MS).serverSideEmitWithAck("most");
  await new Promise((resolve) => setImmediate(resolve));
  const closing = emitter.close();
  await t.throwsAsync(asked, { code: "ERR_CLOSED" });
  await closing;
  await t.throwsAsync(emitter.fetchSockets(), { code: "ERR_CLOSED" });
  await t.throwsAsync(emitter.serverCount(), { code: "ERR_CLOSED" });
});

test("a publication that fails reaches the promise and the callback", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {}, discoveryMillis: 20 });
  let told;
  const called = new Promise((resolve) => {
    told = resolve;
  });
  // There is no attachment table.
  const call = emitter.emit("e", Buffer.alloc(1), (error, responses) => told([error, responses]));
  const failure = await t.throwsAsync(call, { code: "42P01" });
  const [error, responses] = await called;
  t.is(error, failure);
  t.deepEqual(responses, []);
  for (const [wrong, code] of [
    [() => emitter.emitWithAck("connect"), "ERR_RESERVED_EVENT"],
    [() => emitter.emitWithAck("e", 1n), "ERR_NOT_SERIALIZABLE"],
    [() => emitter.emitWithAck("e", () => {}), "ERR_INVALID_ARG_VALUE"],
    [() => emitter.serverSideEmitWithAck("connection"), "ERR_RESERVED_EVENT"],
  ]) {
    await t.throwsAsync(wrong(), { code });
  }
  for (const millis of [0, -1, Number.NaN, 2 ** 31]) {
    t.throws(() => emitter.timeout(millis), { code: "ERR_INVALID_ARG_VALUE" });
  }
  t.throws(() => emitter.timeout("5"), { code: "ERR_INVALID_ARG_TYPE" });
});
