// Servers that join while a request is under way.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { ADAPTERS } from "../tools/adapters.mjs";
import { startCluster } from "../tools/cluster.mjs";
import { known, OPTIONS, TIMEOUT_MS } from "./support/answer-world.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);

for (const adapter of ADAPTERS) {
  test(`${adapter}: a server that joined later is not waited for`, async (t) => {
    const database = await postgres.database();
    const first = await startCluster({ server: database, adapter, servers: 1 });
    t.teardown(() => first.close());
    const emitter = emitterFor(t, database, "/", { discoveryMillis: 1_000 });
    t.is(await emitter.serverCount(), 1);
    const asked = new Promise((resolve) => first.servers[0].io.once("hold", resolve));
    const answers = emitter.timeout(20_000).serverSideEmitWithAck("hold");
    const answer = await asked;
    const second = await startCluster({
      server: database,
      adapter,
      servers: 1,
      createTable: false,
    });
    t.teardown(() => second.close());
    second.servers[0].io.on("who", (callback) => callback(2));
    first.servers[0].io.on("who", (callback) => callback(1));
    while ((await emitter.serverCount()) < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
    answer("held");
    t.deepEqual(await answers, ["held"]);
    // The next request is for both.
    t.deepEqual((await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who")).sort(), [1, 2]);
    // No server has the emitter in its table of nodes.
    for (const { io } of [...first.servers, ...second.servers]) {
      const { adapter: own } = io.of("/");
      // 0.1.1 and 0.2.0 count no clients, and keep the table of the others in sight.
      const count = own.serverCount ? await own.serverCount() : 1 + own.nodesMap.size;
      t.is(count, 2);
    }
  });
}

test("a server that starts is asked until it listens, and then no more", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database, "starting");
  server.mute();
  const emitter = emitterFor(t, database, "/", OPTIONS);
  t.is(await emitter.serverCount(), 0);
  const asked = server.askedForLife(4);
  await server.say({ type: 1 });
  await asked;
  await server.say({ type: 2 });
  const { messages } = emitter.stats();
  // The next pauses are of 0.8, 1.6 and 3.2 seconds.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  t.true(emitter.stats().messages <= messages + 1);
  t.is(await emitter.serverCount(), 1);
});

test("a server counts that has given a sign of life since the last look", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const first = await fakeServer(t, database, "first");
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 1);
  const second = await fakeServer(t, database, "second");
  second.mute();
  await second.say({ type: 2 });
  // Time to hear it, and nothing that asks for it.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who");
  await first.say(first.answer(await first.request(), ANSWER.SERVER, { packet: 1 }));
  await second.say(second.answer(await second.request(), ANSWER.SERVER, { packet: 2 }));
  t.deepEqual(await asked, [1, 2]);
});

test("a server that starts counts when it listens, and not before", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database, "starting");
  server.mute();
  const emitter = emitterFor(t, database, "/", OPTIONS);
  t.is(await emitter.serverCount(), 0);
  const asked = server.askedForLife(1);
  await server.say({ type: 1 });
  // It is asked whether it hears.
  await asked;
  t.is(await emitter.serverCount(), 0);
  t.deepEqual(await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e"), []);
  await server.say({ type: 2 });
  await eventually(async () => (await emitter.serverCount()) === 1, "it counts");
});

test("namespaces that share a channel keep their servers apart", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  // The first one's channel has the 63 bytes that PostgreSQL allows, and the second one's is cut.
  const short = `/${"x".repeat(52)}`;
  const long = `${short}-and-more`;
  const listener = await listenFor(t, database, `socket.io#${short}`);
  const cluster = await startCluster({
    server: database,
    servers: 1,
    namespaces: [short],
    createTable: false,
  });
  t.teardown(() => cluster.close());
  const server = cluster.servers[0].io.of(short);
  server.on("who", (callback) => callback("here"));
  const emitter = emitterFor(t, database, short, OPTIONS);
  t.is(await emitter.of(long).serverCount(), 0);
  t.is(await emitter.serverCount(), 1);
  // An attachment's header does not say which namespace it is of.
  server.serverSideEmit("bytes", Buffer.alloc(1));
  server.serverSideEmit("text");
  const has = (what) => listener.messages.some(({ payload }) => payload.includes(what));
  await eventually(() => has('"attachmentId"') && has('"text"'), "both are notified");
  t.deepEqual(await emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("who"), ["here"]);
  t.is(await emitter.of(long).serverCount(), 0);
  t.deepEqual(await emitter.of(long).timeout(TIMEOUT_MS).serverSideEmitWithAck("who"), []);
});
