// An emitter and the process it lives in: programs of their own, and how they end.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { NEVER_MS } from "../tools/limits.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { NOWHERE } from "./support/emitters.mjs";
import { argsOf, broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

const PRELUDE = `
  import { Emitter } from "./index.js";
  const emitter = new Emitter(process.env.CONNECTION);
`;

/** Runs a program with an emitter on a fresh database; `listener` hears what it sends. */
async function program(t, source, options = {}) {
  const database = await postgres.database(attachmentTableSql());
  const listener = await listenFor(t, database);
  const env = { CONNECTION: database.connectionString };
  const result = await run(PRELUDE + source, { env, ...options });
  return { ...result, database, listener };
}

function endedWell(t, { code, signal, killed, stderr }) {
  t.false(killed, "it did not end by itself");
  t.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
}

test("loading and constructing hold nothing", async (t) => {
  endedWell(t, await run('import "./index.js";'));
  const result = await program(t, 'emitter.of("/a").to("r"); console.log("ready");');
  endedWell(t, result);
  t.is(result.stdout, "ready\n");
});

test("an idle emitter does not hold the process", async (t) => {
  const result = await program(
    t,
    `
    await emitter.emit("e");
    await emitter.emit("e", Buffer.from("b"));
    await emitter.flush();
    console.log("sent");`,
  );
  endedWell(t, result);
  t.is(result.stdout, "sent\n");
  t.is((await result.listener.next(2)).length, 2);
});

test("a connected emitter that sends nothing does not hold the process", async (t) => {
  endedWell(t, await program(t, "await emitter.connect();"));
});

test("a message in flight holds the process until it is sent", async (t) => {
  const result = await program(t, 'emitter.emit("first, not awaited");');
  endedWell(t, result);
  t.is(text((await result.listener.next())[0]), broadcastText(["first, not awaited"]));
});

test("many messages in flight hold the process until the last is sent", async (t) => {
  const result = await program(
    t,
    `
    let settled = 0;
    for (let index = 0; index < 2000; index++) {
      const args = index % 100 === 7 ? [index, Buffer.alloc(50_000)] : [index];
      emitter.emit("e", ...args).then(() => settled++);
    }
    process.on("exit", () => console.log(settled));`,
  );
  endedWell(t, result);
  t.is(result.stdout, "2000\n");
  const last = (await result.listener.next(2_000)).at(-1);
  t.deepEqual(await argsOf(result.database.pool({ max: 1 }), last), [1_999]);
});

test("the process goes on when more is sent after a pause", async (t) => {
  const result = await program(
    t,
    `
    await emitter.emit("one");
    setTimeout(() => emitter.emit("two").then(() => console.log("two")), 50);`,
  );
  endedWell(t, result);
  t.is(result.stdout, "two\n");
});

for (const mode of ["strict", "throw"]) {
  test(`a rejection that is not awaited ends no process (--unhandled-rejections=${mode})`, async (t) => {
    const source = `
      import { Emitter } from "./index.js";
      process.on("unhandledRejection", (reason) => console.log("unhandled", reason.code));
      const emitter = new Emitter(process.env.CONNECTION, "/", { publishTimeoutMillis: 300 });
      const closed = emitter.of("/closed");
      for (const from of [emitter, emitter.to("a"), closed]) {
        from.emit("e");
        from.emit("connect");
        from.emit(5);
        from.emit("e", 1n);
        from.emit("e", () => {});
        from.socketsJoin({});
        from.socketsLeave("r");
        from.disconnectSockets();
        from.serverSideEmit("connection");
      }
      emitter.connect();
      emitter.ensureTable();
      emitter.ensureFunctions(5);
      emitter.outboxStatus("all");
      emitter.retrySetAside(5);
      emitter.dropSetAside();
      setTimeout(() => console.log("alive"), 200);`;
    const flags = [`--unhandled-rejections=${mode}`];
    const result = await run(source, { env: { CONNECTION: NOWHERE }, flags });
    // Once for each code, the process is warned.
    const warnings = /^\(node:\d+\) \[(\w+)\] EmitterWarning: messages are being lost.*\n/gm;
    const codes = [...result.stderr.matchAll(warnings)].map(([, code]) => code);
    t.is(new Set(codes).size, codes.length);
    t.true(codes.includes("ERR_NOT_SERIALIZABLE") && codes.includes("ERR_TIMEOUT"));
    const stderr = result.stderr.replace(warnings, "").replace(/^\(Use .*\n/m, "");
    endedWell(t, { ...result, stderr });
    t.is(result.stdout, "alive\n");
  });
}

test("a rejection that is awaited is still a rejection", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { publishTimeoutMillis: 100 });
    const promise = emitter.emit("e");
    await promise.catch((error) => console.log("first", error.code));
    try {
      await promise;
    } catch (error) {
      console.log("second", error.code);
    }`;
  const result = await run(source, { env: { CONNECTION: NOWHERE } });
  endedWell(t, result);
  t.is(result.stdout, "first ERR_TIMEOUT\nsecond ERR_TIMEOUT\n");
});

test("no depth of a value takes the process down", async (t) => {
  const result = await program(
    t,
    `
    const nest = (depth) => {
      let value = 1;
      for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
      return value;
    };
    for (const depth of [500, 2_000, 5_000, 100_000]) {
      for (const beside of [[], [Buffer.from("b")]]) {
        const [{ reason }] = await Promise.allSettled([emitter.emit("e", nest(depth), ...beside)]);
        console.log(reason ? reason.code : "sent");
      }
    }`,
  );
  endedWell(t, result);
  const lines = result.stdout.trim().split("\n");
  t.is(lines.length, 8);
  t.deepEqual(lines.slice(0, 2), ["sent", "sent"]);
  // Where JSON.stringify runs out of stack is V8's affair.
  for (const line of lines) {
    t.regex(line, /^(sent|ERR_NOT_SERIALIZABLE)$/);
  }
  t.is(lines.at(-1), "ERR_NOT_SERIALIZABLE");
});

test("dropping the last reference closes the connection", async (t) => {
  const result = await program(
    t,
    `
    import pg from "pg";
    const client = new pg.Client(process.env.CONNECTION);
    await client.connect();
    const sessions = async () => {
      const { rows } = await client.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity " +
        "WHERE datname = current_database() AND application_name = 'socket.io-postgres-emitter'");
      return rows[0].n;
    };
    const collect = () => new Promise((resolve) => setImmediate(() => { gc(); resolve(); }));

    async function use() {
      const dropped = new Emitter(process.env.CONNECTION);
      await dropped.emit("e");
      return dropped.of("/sibling");
    }
    let sibling = await use();
    for (let round = 0; round < 20; round++) await collect();
    console.log("while a sibling lives:", await sessions());
    await sibling.emit("e");

    let operator = sibling.to("room");
    sibling = undefined;
    for (let round = 0; round < 20; round++) await collect();
    await operator.emit("e");
    console.log("while an operator lives:", await sessions());

    operator = undefined;
    const deadline = Date.now() + ${NEVER_MS};
    while (await sessions() > 0 && Date.now() < deadline) await collect();
    console.log("after:", await sessions());
    await client.end();`,
    { flags: ["--expose-gc"], timeoutMs: 2 * NEVER_MS },
  );
  endedWell(t, result);
  t.is(result.stdout, "while a sibling lives: 1\nwhile an operator lives: 1\nafter: 0\n");
});

test("a signal that outlives its emitters keeps no listener of those that were dropped", async (t) => {
  const result = await program(
    t,
    `
    import { getEventListeners, setMaxListeners } from "node:events";
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const make = () => new Emitter(process.env.CONNECTION, "/", { signal });
    const kept = make();
    for (let count = 0; count < 20; count++) make().to("room");
    const listeners = () => getEventListeners(signal, "abort").length;
    console.log(listeners());
    const collect = () => new Promise((resolve) => setImmediate(() => { gc(); resolve(); }));
    const deadline = Date.now() + ${NEVER_MS};
    while (listeners() > 1 && Date.now() < deadline) await collect();
    console.log(listeners());
    await kept.close();
    console.log(listeners());`,
    { flags: ["--expose-gc"], timeoutMs: 2 * NEVER_MS },
  );
  endedWell(t, result);
  t.is(result.stdout, "21\n1\n0\n");
});

test("a message in flight is sent although its emitter was dropped", async (t) => {
  const result = await program(
    t,
    `
    (() => { new Emitter(process.env.CONNECTION).emit("dropped"); })();
    gc();
    setImmediate(gc);`,
    { flags: ["--expose-gc"] },
  );
  endedWell(t, result);
  t.is(text((await result.listener.next())[0]), broadcastText(["dropped"]));
});

test("worker threads: each emits, one that is stopped takes no other along", async (t) => {
  const result = await program(
    t,
    `
    import { Worker } from "node:worker_threads";
    const prelude =
      "const { parentPort } = require('node:worker_threads');" +
      "const { Emitter } = require('./index.js');" +
      "const emitter = new Emitter(process.env.CONNECTION);";
    const start = (body) => new Worker(prelude + body, { eval: true, execArgv: [] });
    const heard = (worker, event) => new Promise((resolve) => worker.once(event, resolve));
    await heard(start("emitter.emit('worker one');"), "exit");
    const busy = start(
      "setInterval(() => emitter.emit('busy').then(() => parentPort.postMessage('sent')), 1);");
    await heard(busy, "message");
    await busy.terminate();
    await emitter.emit("main");
    console.log("ended");`,
  );
  endedWell(t, result);
  t.is(result.stdout, "ended\n");
  await t.notThrowsAsync(heard(result.listener, ["worker one", "main"]));
});

/** Until each of `events` was notified, whatever else is. */
async function heard(listener, events) {
  const wanted = new Set(events);
  while (wanted.size > 0) {
    const [notification] = await listener.next();
    wanted.delete(JSON.parse(notification.payload).data.packet.data[0]);
  }
}
