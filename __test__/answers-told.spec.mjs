// What JavaScript is told of a request, and when: each call of the native side wakes the event loop.

import { tracingChannel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import test from "ava";
import { eventually, usePostgres } from "./support/database.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";

const require = createRequire(import.meta.url);

/** Each call of the native side's, as `[batches, failures, outcome]`; of all emitters here. */
const calls = [];

// Before the package is loaded, which takes its classes from there.
const binding = require("../binding.js");
const { NativePublisher } = binding;
binding.NativePublisher = function Told(settings, options, settle, ...others) {
  const told = (...call) => {
    calls.push(call);
    settle(...call);
  };
  return new NativePublisher(settings, options, told, ...others);
};
const { Emitter, attachmentTableSql } = require("../index.js");

const postgres = usePostgres(test);

const open = async (t, { sql = attachmentTableSql(), ...options } = {}) => {
  const database = await postgres.database(sql);
  const server = await fakeServer(t, database);
  const emitter = new Emitter(database.connectionString, "/", {
    errorHandler: () => {},
    discoveryMillis: 1_000,
    ...options,
  });
  t.teardown(() => emitter.close());
  await eventually(async () => (await emitter.serverCount()) === 1, "the server is known");
  calls.length = 0;
  return { database, server, emitter };
};

/** Answers the next request, once what `meanwhile` gives has resolved. */
const answerNext = async (server, [type, answer], meanwhile) => {
  const request = await server.request();
  await meanwhile?.();
  await server.say(server.answer(request, type, answer));
};

const NO_SOCKETS = [ANSWER.SOCKETS, { sockets: [] }];
const SEVEN = [ANSWER.SERVER, { packet: 7 }];

/** What each call told: of how many batches, and whether of an outcome. */
const told = () => calls.map(([batches, , outcome]) => [batches.length, Boolean(outcome)]);

test.serial("one call for each request that settles", async (t) => {
  const { server, emitter } = await open(t);
  for (let n = 0; n < 5; n++) {
    const [sockets] = await Promise.all([emitter.fetchSockets(), answerNext(server, NO_SOCKETS)]);
    t.deepEqual(sockets, []);
  }
  t.deepEqual(told(), Array(5).fill([1, true]));
});

test.serial(
  "one call for a request that could not be published, and for one in vain",
  async (t) => {
    const { emitter } = await open(t, { sql: "" });
    const long = "x".repeat(10_000);
    await t.throwsAsync(emitter.emitWithAck(long), { code: "42P01" });
    t.deepEqual(told(), [[1, true]]);
    const error = await t.throwsAsync(emitter.timeout(1).emitWithAck("in vain"));
    t.is(error.code, "ERR_ACK_TIMEOUT");
    t.deepEqual(told(), Array(2).fill([1, true]));
  },
);

test.serial("where a callback gets the answers, the publication is told before them", async (t) => {
  const { server, emitter } = await open(t);
  const answered = new Promise((resolve) => {
    const published = emitter.serverSideEmit("who", (error, responses) =>
      resolve({ error, responses, isTold: calls.length }),
    );
    answerNext(server, SEVEN, () => published);
  });
  t.deepEqual(await answered, { error: null, responses: [7], isTold: 2 });
  t.deepEqual(told(), [
    [1, false],
    [0, true],
  ]);
});

test.serial("where it is traced, the publication is told before the answers", async (t) => {
  const { server, emitter } = await open(t);
  let end;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  const channel = tracingChannel("socket.io-postgres-emitter:publish");
  channel.subscribe({ asyncEnd: end });
  try {
    await Promise.all([emitter.fetchSockets(), answerNext(server, NO_SOCKETS, () => ended)]);
  } finally {
    channel.unsubscribe({ asyncEnd: end });
  }
  t.is((await ended).kind, "fetchSockets");
  t.deepEqual(told(), [
    [1, false],
    [0, true],
  ]);
});

test.serial("flush waits for the publication of a request, and not for its answers", async (t) => {
  const { server, emitter } = await open(t);
  let isAnswered = false;
  const asked = emitter.fetchSockets().finally(() => {
    isAnswered = true;
  });
  t.is(emitter.stats().inFlight, 1);
  await emitter.flush();
  t.is(emitter.stats().inFlight, 0);
  t.false(isAnswered);
  await answerNext(server, NO_SOCKETS);
  t.deepEqual(await asked, []);
});

test.serial("flush waits, too, for a request that cannot be published", async (t) => {
  const { emitter } = await open(t, { sql: "" });
  let code;
  emitter.emitWithAck("x".repeat(10_000)).catch((error) => {
    code = error.code;
  });
  await emitter.flush();
  t.is(code, "42P01");
});

test.serial("close tells what was asked, and waits for its publication", async (t) => {
  const { server, emitter } = await open(t);
  const asked = emitter.fetchSockets();
  const closed = emitter.close();
  await t.throwsAsync(asked, { code: "ERR_CLOSED" });
  await closed;
  t.is((await server.request()).type, 7);
  t.deepEqual(told().at(0), [1, true]);
});

for (const { what, call } of [
  { what: "a request", call: (emitter, text) => emitter.emitWithAck(text) },
  { what: "a message", call: (emitter, text) => emitter.emit(text) },
]) {
  test.serial(
    `flush and close wait for ${what} that is on its way when it is aborted`,
    async (t) => {
      const controller = new AbortController();
      const { database, emitter } = await open(t, { signal: controller.signal });
      const locker = await database.pool({ max: 1 }).connect();
      await locker.query("BEGIN; LOCK TABLE socket_io_attachments");
      const order = [];
      const note = (name) => () => order.push(name);
      const sent = call(emitter, "x".repeat(10_000)).then(note("settled"), note("settled"));
      const isLocked = async () => {
        const { rows } = await locker.query("SELECT 1 FROM pg_locks WHERE NOT granted");
        return rows.length > 0;
      };
      await eventually(isLocked, "the attachment waits for the lock");
      const flushed = emitter.flush().then(note("flushed"));
      controller.abort();
      const closed = emitter.close().then(note("closed"));
      // The lock is held for some more turns of the server and of the loop.
      for (let turn = 0; turn < 20; turn++) await locker.query("SELECT 1");
      t.deepEqual(order, []);
      await locker.query("COMMIT");
      locker.release();
      await Promise.all([sent, flushed, closed]);
      t.deepEqual(order, ["settled", "flushed", "closed"]);
    },
  );
}
