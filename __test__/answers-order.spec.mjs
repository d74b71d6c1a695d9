// Requests among other messages: what is sent when, and with what in it.

import { encode } from "@msgpack/msgpack";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { known, OPTIONS, TIMEOUT_MS } from "./support/answer-world.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";
import { argsOf, isHeader, listenFor, messageOf, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

/** Events, and the requests among them, in the order in which they are notified. */
const eventsOf = (listener) =>
  listener.messages
    .map(text)
    .map((payload) => JSON.parse(payload).data?.packet?.data?.[0])
    .filter((event) => event !== undefined);

test("a request keeps its place among the messages, once the servers are known", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const listener = await listenFor(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  const first = emitter.timeout(TIMEOUT_MS).emitWithAck("first");
  const second = emitter.timeout(TIMEOUT_MS).emitWithAck("second");
  // The servers are not known yet: this overtakes both.
  await emitter.emit("plain");
  await Promise.all([first, second]);
  const calls = Array.from({ length: 20 }, (_, n) =>
    n % 2 ? emitter.emit(`${n}`) : emitter.emit(`${n}`, () => {}),
  );
  await Promise.all(calls);
  await eventually(() => eventsOf(listener).length === 23, "all are notified");
  const numbers = Array.from({ length: 20 }, (_, n) => `${n}`);
  t.deepEqual(eventsOf(listener), ["plain", "first", "second", ...numbers]);
});

test("flush waits for requests that wait for the servers, and stats count them", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  const published = [];
  emitter.emit("a", () => {}).then(() => published.push("a"));
  emitter.serverSideEmit("b", () => {}).then(() => published.push("b"));
  emitter.of("/admin").fetchSockets();
  t.is(emitter.stats().inFlight, 3);
  await emitter.flush();
  t.deepEqual(published.sort(), ["a", "b"]);
  // Three, and for each namespace a question who is there.
  t.like(emitter.stats(), { inFlight: 0, messages: 5 });
  t.is((await server.request()).data.packet.data[0], "a");
});

test("rooms and flags of a request are those of an event", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  const target = emitter.to("a", 1).except("b").volatile.compress(false);
  outcome(target.timeout(1).emitWithAck("e"));
  const opts = { rooms: ["a", 1], except: ["b"], flags: { volatile: true, compress: false } };
  t.deepEqual((await server.request()).data.opts, opts);
  outcome(target.timeout(1).fetchSockets());
  t.deepEqual((await server.request()).data.opts, opts);
});

test("an answer can be faster than the news that its request was committed", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  const leaving = await fakeServer(t, database, "leaving");
  const network = await startProxy(postgres.server.config);
  t.teardown(() => network.close());
  const way = connectionStringOf({ ...database.config, port: network.port });
  const emitter = emitterFor(t, way, "/", { ...OPTIONS, listenConnection: database.config });
  await known(emitter, 2);
  network.loseAnswers();
  let isSettled = false;
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e");
  asked.then(() => {
    isSettled = true;
  });
  await server.say(server.answer(await server.request(), ANSWER.SERVER, { packet: 1 }));
  await leaving.say({ type: ANSWER.GOODBYE });
  await known(emitter, 1);
  t.false(isSettled);
  await network.comeBack();
  t.deepEqual(await asked, [1]);
});

test("without timeout, answers are waited for five seconds", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 1);
  const started = performance.now();
  await t.throwsAsync(emitter.emitWithAck("e"), { code: "ERR_ACK_TIMEOUT" });
  // Timers are exact to the millisecond, and may be late.
  t.true(performance.now() - started >= 4_990);
});

for (const parser of [undefined, { encode }]) {
  const how = parser ? "a parser of one's own" : "bytes, and a long text";
  test(`what is given to a request is read during the call: ${how}`, async (t) => {
    const database = await postgres.database(attachmentTableSql());
    const pool = database.pool({ max: 1 });
    const listener = await listenFor(t, database);
    const emitter = emitterFor(t, database, "/", { ...OPTIONS, parser });
    const bytes = Buffer.from([1, 2, 3]);
    const long = "x".repeat(9_000);
    // The first one waits for the servers, the second one does not.
    for (let round = 0; round < 2; round++) {
      bytes.set([1, 2, 3]);
      const asked = emitter.timeout(TIMEOUT_MS).emitWithAck("e", bytes, long);
      bytes.fill(0);
      t.deepEqual(await asked, []);
    }
    await eventually(() => listener.messages.filter(isHeader).length === 2, "two attachments");
    for (const notification of listener.messages.filter(isHeader)) {
      const [sent, text] = await argsOf(pool, notification);
      t.deepEqual(Buffer.from(sent), Buffer.from([1, 2, 3]));
      t.is(text, long);
      const { data } = await messageOf(pool, notification);
      t.is(typeof data.requestId, "string");
    }
  });
}

test("a request for sockets that is too long for NOTIFY is encoded by a parser of one's own, as all else", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const given = [];
  const parser = { encode: (message) => encode({ ...message, of: given.push(message) }) };
  const emitter = emitterFor(t, database, "/", { ...OPTIONS, parser });
  const rooms = Array.from({ length: 1_000 }, (_, number) => `room\t${number}`);
  t.deepEqual(await emitter.fetchSockets(), []);
  t.deepEqual(await emitter.to(rooms).volatile.fetchSockets(), []);
  t.is(given.length, 1);
  const [{ type, data }] = given;
  t.is(type, 7);
  t.deepEqual(data.opts, { rooms, except: [], flags: { volatile: true } });
  t.is(typeof data.requestId, "string");
  await eventually(() => listener.messages.some(isHeader), "the header");
  t.deepEqual(await messageOf(pool, listener.messages.find(isHeader)), { ...given[0], of: 1 });
});
