// How requests end that do not get all their answers, and who is told.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import {
  answerWorlds,
  known,
  LISTENER,
  listensTo,
  OPTIONS,
  TIMEOUT_MS,
} from "./support/answer-world.mjs";
import { run } from "./support/child.mjs";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";

const postgres = usePostgres(test);
const world = answerWorlds(postgres);

test("close rejects what is outstanding", async (t) => {
  const { emitter } = await world(t);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("most");
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

test("close rejects what waits for the servers, at once and by promise and callback", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", { ...OPTIONS, discoveryMillis: 60_000 });
  // Once while the listener is being opened, once while the servers are being heard.
  const told = [];
  const ask = () => [
    emitter.emitWithAck("e"),
    emitter.emit("e", (...all) => told.push(all)),
    emitter.fetchSockets(),
    emitter.serverCount(),
  ];
  const asked = ask();
  await eventually(() => emitter.stats().messages === 1, "the servers are being asked");
  asked.push(...ask());
  const closing = emitter.close();
  for (const promise of asked) t.is((await outcome(promise)).reason.code, "ERR_CLOSED");
  await closing;
  t.deepEqual(
    told.map(([error, responses]) => [error.code, responses]),
    [
      ["ERR_CLOSED", []],
      ["ERR_CLOSED", []],
    ],
  );
  t.like(emitter.stats(), { inFlight: 0, failed: 6, messages: 1 });
});

test("close while the listener is being opened: also then", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", OPTIONS);
  const asked = emitter.fetchSockets();
  await emitter.close();
  await t.throwsAsync(asked, { code: "ERR_CLOSED" });
});

test("signal: what was not published fails with its reason, what was with ERR_CLOSED", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database);
  for (const [isPublished, reason] of [
    [false, new Error("enough")],
    [false, null],
    [true, new Error("enough")],
    [true, null],
  ]) {
    const controller = new AbortController();
    const options = { ...OPTIONS, signal: controller.signal };
    const emitter = emitterFor(t, database, "/", options);
    if (isPublished) await known(emitter, 1);
    const asked = emitter.serverSideEmitWithAck("e");
    if (isPublished) await server.request();
    controller.abort(reason);
    const error = (await outcome(asked)).reason;
    if (isPublished) {
      t.is(error.code, "ERR_CLOSED");
      t.is(error.cause, reason);
    } else {
      t.is(error, reason);
    }
    await emitter.close();
  }
});

for (const [code, end] of [
  ["ERR_CLOSED", (emitter) => emitter.close()],
  [
    "ERR_LISTENER_LOST",
    (_, database) => endSessions(database.pool({ max: 1 }), { name: LISTENER }),
  ],
]) {
  test(`${code}: each request has an error of its own, with the answers that came`, async (t) => {
    const database = await postgres.database(attachmentTableSql());
    const server = await fakeServer(t, database);
    await fakeServer(t, database, "silent");
    const leaving = await fakeServer(t, database, "leaving");
    const emitter = emitterFor(t, database, "/", { ...OPTIONS, ...listensTo(database) });
    await known(emitter, 3);
    const told = [];
    const asked = [1, 2].map(() => emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("e"));
    await emitter.serverSideEmit("e", (...all) => told.push(all));
    for (let count = 0; count < 3; count++) {
      const request = await server.request();
      await server.say(server.answer(request, ANSWER.SERVER, { packet: count }));
    }
    await leaving.say({ type: ANSWER.GOODBYE });
    await known(emitter, 2);
    await end(emitter, database);
    const errors = [];
    for (const promise of asked) errors.push((await outcome(promise)).reason);
    await eventually(() => told.length === 1, "the callback is called");
    const [[error, responses]] = told;
    errors.push(error);
    t.deepEqual(
      errors.map((each) => [each.code, each.responses]),
      [0, 1, 2].map((count) => [code, [count]]),
    );
    t.deepEqual(responses, [2]);
    t.is(new Set(errors).size, 3);
  });
}

test("a request that cannot be published is told to errorHandler, and counted as failed", async (t) => {
  const told = [];
  const options = { errorHandler: (error) => told.push(error) };
  const emitter = emitterFor(t, NOWHERE, "/", options);
  const calls = [
    () => emitter.emitWithAck("e"),
    () => emitter.serverSideEmitWithAck("e"),
    () => emitter.fetchSockets(),
    () => emitter.emit("e", () => {}),
    () => emitter.emitWithAck("connect"),
  ];
  const reasons = [];
  for (const call of calls) reasons.push((await outcome(call())).reason);
  t.deepEqual(
    reasons.map(({ code }) => code),
    ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "ERR_RESERVED_EVENT"],
  );
  t.deepEqual(told, reasons);
  t.true(told.every((error, index) => error === reasons[index]));
  t.is(emitter.stats().failed, calls.length);
});

test("missing answers are no failure of a message", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  await fakeServer(t, database);
  const told = [];
  const options = { ...OPTIONS, errorHandler: (error) => told.push(error) };
  const emitter = emitterFor(t, database, "/", options);
  await t.throwsAsync(emitter.timeout(10).emitWithAck("e"), { code: "ERR_ACK_TIMEOUT" });
  t.deepEqual(told, []);
  t.is(emitter.stats().failed, 0);
});

test("what a callback or an errorHandler throws is an uncaughtException, and each is called once", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter("${NOWHERE}", "/", {
      errorHandler({ code }) {
        console.log("errorHandler", code);
        throw new Error("of the errorHandler");
      },
    });
    process.on("uncaughtException", (error, origin) => console.log(origin, error.message));
    emitter.emit("e", ({ code }) => {
      console.log("callback", code);
      throw new Error("of the callback");
    });`;
  const { code, stdout, stderr } = await run(source);
  t.is(code, 0, stderr);
  t.deepEqual(stdout.trim().split("\n").sort(), [
    "callback ECONNREFUSED",
    "errorHandler ECONNREFUSED",
    "uncaughtException of the callback",
    "uncaughtException of the errorHandler",
  ]);
});

test("requests that cannot be published end no process, awaited or not", async (t) => {
  // Without the table.
  const database = await postgres.database();
  const source = `
    import { Emitter } from "./index.js";
    const io = new Emitter(process.env.CONNECTION, "/", { errorHandler() {}, discoveryMillis: 20 });
    await io.serverCount();
    const bytes = Buffer.alloc(1);
    const calls = [
      () => io.emitWithAck("e", bytes),
      () => io.serverSideEmitWithAck("e", bytes),
      () => io.emit("e", bytes, () => {}),
      () => io.serverSideEmit("e", bytes, () => {}),
    ];
    for (const call of calls) {
      call();
      await call().catch(({ code }) => console.log(code));
    }
    await io.close();`;
  const { code, stdout, stderr } = await run(source, {
    env: { CONNECTION: database.connectionString },
    flags: ["--unhandled-rejections=strict"],
  });
  t.is(code, 0, stderr);
  t.is(stdout, "42P01\n".repeat(4));
});
