// A mistake is told where it was made: frames, events, namespaces, contexts, warnings, and the end.

import { AsyncLocalStorage } from "node:async_hooks";
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { run } from "./support/child.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { ANSWER, fakeServer } from "./support/fake-server.mjs";

const postgres = usePostgres(test);
const away = { publishTimeoutMillis: 50 };

test("an error has the frames of who awaits, its event and its namespace", async (t) => {
  const emitter = emitterFor(t, NOWHERE, "/shop", { ...away, errorHandler: () => {} });
  async function payAwaited(call) {
    await call(emitter);
  }
  for (const [call, event] of [
    [(io) => io.emit("paid", 1), "paid"],
    [(io) => io.to("a").emit("paid", Buffer.alloc(9)), "paid"],
    [(io) => io.emit("long", "x".repeat(20_000)), "long"],
    [(io) => io.serverSideEmit("paid"), "paid"],
    [(io) => io.socketsJoin("a"), undefined],
    [(io) => io.disconnectSockets(), undefined],
    [(io) => io.outbox().emit("paid"), "paid"],
  ]) {
    const error = await t.throwsAsync(payAwaited(call), { code: "ERR_TIMEOUT" });
    t.regex(error.stack, /at async payAwaited /);
    t.is(error.event, event);
    t.is(error.namespace, "/shop");
  }
  for (const call of [
    (io) => io.connect(),
    (io) => io.ensureFunctions(),
    (io) => io.queueUsage(),
    (io) => io.outboxStatus(),
    (io) => io.retrySetAside(),
    (io) => io.serverCount(),
  ]) {
    const error = await t.throwsAsync(payAwaited(call));
    t.regex(error.stack, /at async payAwaited /, String(call));
    const empty = Object.keys(error).filter((name) => error[name] === undefined);
    t.deepEqual(empty, [], "it has no field that says nothing");
  }
  for (const [ask, event] of [
    [(io) => io.fetchSockets(), undefined],
    [(io) => io.timeout(50).emitWithAck("paid"), "paid"],
    [(io) => io.timeout(50).emit("paid", () => {}), "paid"],
    [(io) => io.timeout(50).serverSideEmitWithAck("paid", Buffer.alloc(9)), "paid"],
  ]) {
    const error = await t.throwsAsync(payAwaited(ask));
    t.regex(error.stack, /at async payAwaited /, String(ask));
    t.is(error.event, event);
    t.is(error.namespace, "/shop");
  }
  const refused = await t.throwsAsync(payAwaited((io) => io.emit("paid", 1n)));
  t.regex(refused.stack, /payAwaited/);
  t.like(refused, { code: "ERR_NOT_SERIALIZABLE", event: "paid", namespace: "/shop" });
  for (const ask of [
    (io) => io.emitWithAck("paid", () => {}),
    (io) => io.outbox().serverSideEmitWithAck("paid"),
  ]) {
    t.like(await t.throwsAsync(payAwaited(ask)), { event: "paid", namespace: "/shop" });
  }
});

test("a request that is published and then fails has the frames of who awaits", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database.connectionString, "/shop", { errorHandler: () => {} });
  async function payAwaited(ask) {
    await ask(emitter);
  }
  // Without the attachment table, without the outbox, and closed while it waits.
  const wants = [
    [(io) => io.timeout(50).emitWithAck("paid", Buffer.alloc(9)), "42P01"],
    [(io) => io.outboxStatus(), "42P01"],
    [(io) => io.dropSetAside(["1"]), "42P01"],
    [(io) => Promise.all([io.of("/unasked").fetchSockets(), io.close()]), "ERR_CLOSED"],
  ];
  for (const [ask, code] of wants) {
    const { stack } = await t.throwsAsync(payAwaited(ask), { code });
    t.regex(stack, /at async .*payAwaited /, code);
  }
});

test("an answer of one socket that does not come has the frames of who awaits it", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const server = await fakeServer(t, database, "fake");
  const emitter = emitterFor(t, database.connectionString, "/", { errorHandler: () => {} });
  const asked = emitter.fetchSockets();
  const sockets = [{ id: "a", rooms: ["a"], handshake: {}, data: {} }];
  await server.say(server.answer(await server.request(), ANSWER.SOCKETS, { sockets }));
  const [socket] = await asked;
  async function payAwaited() {
    return await socket.timeout(50).emitWithAck("paid");
  }
  const { stack } = await t.throwsAsync(payAwaited(), { code: "ERR_ACK_TIMEOUT" });
  t.regex(stack, /at async payAwaited /);
});

test("those of one burst that fail have errors of their own", async (t) => {
  const emitter = emitterFor(t, NOWHERE, "/", { ...away, errorHandler: () => {} });
  const settled = await Promise.allSettled(["a", "b", "a"].map((event) => emitter.emit(event)));
  const errors = settled.map(({ reason }) => reason);
  t.is(new Set(errors).size, 3);
  t.deepEqual(
    errors.map(({ event }) => event),
    ["a", "b", "a"],
  );
});

test("errorHandler gets them, too, in the context of the call", async (t) => {
  const context = new AsyncLocalStorage();
  const told = [];
  const errorHandler = (error) => told.push([context.getStore(), error.event, error.namespace]);
  const emitter = emitterFor(t, NOWHERE, "/shop", { ...away, errorHandler });
  for (const request of [1, 2]) context.run(request, () => emitter.emit("paid", request));
  context.run(3, () => emitter.emit("paid", 1n));
  await eventually(() => told.length === 3, "all are told");
  t.deepEqual(told.toSorted(), [
    [1, "paid", "/shop"],
    [2, "paid", "/shop"],
    [3, "paid", "/shop"],
  ]);
});

test("the process is warned once for each emitter and code, and only where none is told", async (t) => {
  const result = await run(
    `import { Emitter } from "./index.js";
     const [silent, handled, awaited] = [{}, { errorHandler() {} }, {}].map(
       (options) => new Emitter(process.env.CONNECTION, "/", { publishTimeoutMillis: 50, ...options }));
     for (const io of [silent, handled]) {
       for (let each = 0; each < 3; each++) {
         io.emit("e");
         io.of("/other").emit("e");
         io.emit("e", 1n);
       }
     }
     const heard = async (promise) => { try { await promise; } catch {} };
     await heard(awaited.emit("e", 1));
     await heard(awaited.emit("e", 1n));
     for (const ask of ["emitWithAck", "serverSideEmitWithAck", "fetchSockets"]) await heard(awaited[ask]("e"));
     await new Promise((resolve) => awaited.emit("e", resolve));`,
    { env: { CONNECTION: NOWHERE, DEBUG: "" } },
  );
  t.is(result.code, 0);
  const codes = [...result.stderr.matchAll(/\[(\w+)\] EmitterWarning/g)].map(([, code]) => code);
  t.deepEqual(codes.sort(), ["ERR_NOT_SERIALIZABLE", "ERR_TIMEOUT"]);
  t.regex(result.stderr, /errorHandler/);
});

test("the last state is told before close() resolves", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  for (let round = 0; round < 100; round++) {
    const states = [];
    const target = round % 3 === 0 ? NOWHERE : database.connectionString;
    const emitter = new Emitter(target, "/", {
      ...(target === NOWHERE && away),
      errorHandler: () => {},
      onStateChange: ({ state }) => states.push(state),
    });
    if (round % 3 === 1) await emitter.emit("e");
    if (round % 3 === 2) emitter.emit("e");
    await Promise.all([emitter.close(), emitter.close()]);
    t.is(states.at(-1), "closed");
    t.is(states.filter((state) => state === "closed").length, 1);
  }
});

test("what the crate says says nothing of JavaScript", (t) => {
  const words =
    /ensureTable|ensureOutbox|ensureFunctions|attachmentTableSql|outboxSql|emitFunctionsSql|options\.|listenConnection|\b[a-z][A-Za-z]*(Millis|Threshold|Bytes|Table|Name)\b/;
  const root = new URL("../src/", import.meta.url);
  // The binding is JavaScript's own, and this file lists the parameters of other clients.
  const others = /^binding|settings.names(.other_clients)?\.rs$/;
  const files = readdirSync(root, { recursive: true }).filter(
    (name) => name.endsWith(".rs") && !others.test(name),
  );
  t.true(files.length > 50);
  for (const name of files) {
    const [source] = readFileSync(new URL(name, root), "utf8").split("#[cfg(test)]");
    for (const [line] of source.matchAll(/^(?!\s*\/\/).*".*"/gm)) {
      const [text] = line.match(/".*"/);
      t.notRegex(text, words, `${name}: ${line.trim()}`);
    }
  }
});

test("what onStateChange and a relay's handlers throw is an uncaughtException, and close() resolves", async (t) => {
  const { connectionString: CONNECTION } = await postgres.database();
  const program = `
    import { Emitter } from "./index.js";
    const thrown = {};
    process.on("uncaughtException", ({ message }) => {
      thrown[message] = (thrown[message] ?? 0) + 1;
    });
    const onStateChange = ({ state }) => {
      if (state === "closed") throw new Error("closed");
    };
    // Who tells of the end first, the native side or close(), differs from time to time.
    for (let count = 0; count < 50; count++) {
      const io = new Emitter(process.env.CONNECTION, "/", { onStateChange });
      io.emit("e");
      await io.close();
    }
    const io = new Emitter(process.env.CONNECTION);
    let relay;
    await new Promise((resolve) => {
      // The outbox is not there.
      const errorHandler = () => {
        resolve();
        throw new Error("failed");
      };
      relay = io.relay({ onStateChange, errorHandler });
    });
    await relay.close();
    await io.close();
    process.on("exit", () => console.log(JSON.stringify(thrown)));`;
  const { code, killed, stdout, stderr } = await run(program, { env: { CONNECTION } });
  t.deepEqual({ code, killed, stderr }, { code: 0, killed: false, stderr: "" });
  t.deepEqual(JSON.parse(stdout), { closed: 51, failed: 1 });
});
