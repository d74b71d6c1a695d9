// Answers when something is lost: the listener, a server, or an answer.

import { encode } from "@msgpack/msgpack";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { ADAPTERS, ADAPTERS_WITHOUT_ACKS } from "../tools/adapters.mjs";
import { startProxy } from "../tools/proxy.mjs";
import {
  answerWorlds,
  known,
  LISTENER,
  listensTo,
  OPTIONS,
  SERVERS,
  SHORT_TIMEOUT_MS,
  SILENCE_TELLS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";
import { serverProcess } from "./support/own-process.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

test("a lost listener fails what is outstanding, and the next request works", async (t) => {
  const { database, emitter } = await world(t);
  await known(emitter, SERVERS);
  const pool = database.pool({ max: 1 });
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("most");
  await new Promise((resolve) => setImmediate(resolve));
  t.true((await endSessions(pool, { name: LISTENER })) > 0);
  const error = await t.throwsAsync(asked, { code: "ERR_LISTENER_LOST" });
  t.is(error.cause.code, "57P01");
  t.is((await emitter.timeout(TIMEOUT_MS).fetchSockets()).length, 4);
});

test("the listener is lost while the servers are being heard", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", {
    ...OPTIONS,
    ...listensTo(database),
    discoveryMillis: 60_000,
  });
  const asked = [emitter.fetchSockets(), emitter.serverCount()];
  await eventually(() => emitter.stats().messages === 1, "the servers are being asked");
  t.true((await endSessions(database.pool({ max: 1 }), { name: LISTENER })) > 0);
  for (const promise of asked) await t.throwsAsync(promise, { code: "ERR_LISTENER_LOST" });
});

for (const adapter of ADAPTERS) {
  test(`${adapter}: a frozen server costs a request its time, a killed one is forgotten`, async (t) => {
    const { database } = await world(t, adapter);
    const child = await serverProcess(t, database, adapter);
    const emitter = emitterFor(t, database, "/", SILENCE_TELLS);
    await known(emitter, SERVERS + 1);
    const ask = async (millis) => {
      const calls = [emitter.timeout(millis).fetchSockets()];
      if (!ADAPTERS_WITHOUT_ACKS.includes(adapter))
        calls.push(emitter.timeout(millis).emitWithAck("ask", 1));
      return Promise.all(calls.map(outcome));
    };
    child.kill("SIGSTOP");
    for (const { reason } of await ask(SHORT_TIMEOUT_MS)) {
      t.is(reason.code, "ERR_ACK_TIMEOUT");
      t.is(reason.responses.length, 4);
      t.true(reason.responses.every((each) => "id" in each === each.rooms instanceof Set));
    }
    child.kill("SIGCONT");
    for (const { value } of await ask(TIMEOUT_MS)) t.is(value.length, 4);
    child.kill("SIGKILL");
    // Ten seconds of silence, a question, and the server is not waited for.
    for (const { value } of await ask(TIMEOUT_MS)) t.is(value.length, 4);
    t.is(await emitter.serverCount(), SERVERS);
  });
}

test("heartbeatTimeoutMillis: how long a frozen server is waited for", async (t) => {
  const { database } = await world(t);
  const child = await serverProcess(t, database);
  const emitters = [undefined, 3_000].map((heartbeatTimeoutMillis) =>
    emitterFor(t, database, "/", { ...OPTIONS, heartbeatTimeoutMillis }),
  );
  await Promise.all(emitters.map((emitter) => known(emitter, SERVERS + 1)));
  child.kill("SIGSTOP");
  const answered = [];
  const ask = async (emitter, index) => {
    t.is((await emitter.timeout(TIMEOUT_MS).fetchSockets()).length, 4);
    answered.push(index);
  };
  await Promise.all(emitters.map(ask));
  t.deepEqual(answered, [1, 0]);
});

test("a large answer on a slow network is no loss of the connection", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const network = await startProxy(postgres.server.config);
  t.teardown(() => network.close());
  const listenConnection = { ...database.config, port: network.port };
  const emitter = emitterFor(t, database, "/", { ...SILENCE_TELLS, listenConnection });
  await known(emitter, 1);
  const asked = emitter.timeout(2 * TIMEOUT_MS).serverSideEmitWithAck("much");
  const { data } = await server.request();
  const packet = "x".repeat(2_400_000);
  const answer = { uid: server.uid, nsp: "/", type: ANSWER.SERVER, data: { ...data, packet } };
  // It takes 24 s; after 10 s the listener asks for a sign of life, and waits 5 s for one. So are the servers,
  // and that one says nothing any more: what it answered before counts.
  network.throttle(100_000);
  server.mute();
  await server.say(await server.header(ANSWER.SERVER, encode(answer)));
  t.deepEqual(await asked, [packet]);
});

test("a silent server is waited for as long as it gives signs of life when asked", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const options = { ...OPTIONS, discoveryMillis: 3_000, heartbeatTimeoutMillis: 100 };
  const emitter = emitterFor(t, database, "/", options);
  await known(emitter, 1);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow");
  const request = await server.request();
  await server.askedForLife(2);
  await server.say(server.answer(request, ANSWER.SERVER, { packet: "late" }));
  t.deepEqual(await asked, ["late"]);
  server.mute();
  t.deepEqual(await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("slow"), []);
  t.is(await emitter.serverCount(), 0);
});

test("a fetch that is not complete has the sockets that came, as sockets", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  await fakeServer(t, database, "silent");
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 2);
  const asked = emitter.timeout(SHORT_TIMEOUT_MS).fetchSockets();
  const sockets = [{ id: "a", rooms: ["a", "r"], handshake: {}, data: { name: "n" } }];
  await server.say(server.answer(await server.request(), ANSWER.SOCKETS, { sockets }));
  const { reason } = await outcome(asked);
  t.is(reason.code, "ERR_ACK_TIMEOUT");
  const [socket] = reason.responses;
  t.deepEqual(socket.rooms, new Set(["a", "r"]));
  t.deepEqual(socket.data, { name: "n" });
  socket.timeout(1).emit("hello", () => {});
  t.deepEqual((await server.request()).data.opts.rooms, ["a"]);
});

test("what a server answered before it closed counts, and the server does not any more", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 1);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("last words");
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
