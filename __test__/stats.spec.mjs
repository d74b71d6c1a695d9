// What an emitter counts, and what `DEBUG` prints.

import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { run } from "./support/child.mjs";
import { endSessions, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";

const postgres = usePostgres(test);

const quiet = { errorHandler: () => {} };

test.serial("stats count what was sent, by all siblings together", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", quiet);
  const nothing = { messages: 0, bytes: 0, batches: 0, attachments: 0 };
  t.deepEqual(emitter.stats(), {
    ...nothing,
    failed: 0,
    inFlight: 0,
    queuedBytes: 0,
    reconnects: 0,
    encrypted: null,
  });

  // The first waits for the table, and all others for the first.
  const lock = await database.pool({ max: 1 }).connect();
  await lock.query("BEGIN; LOCK TABLE socket_io_attachments");
  const calls = [emitter.emit("e", Buffer.alloc(1_000))];
  for (let n = 0; n < 300; n++) calls.push(emitter.of(`/${n % 2}`).emit("e", n));
  t.is(emitter.stats().inFlight, 301);
  t.true(emitter.stats().queuedBytes > 0);
  await lock.query("COMMIT");
  lock.release();
  await Promise.all(calls);
  const sent = emitter.of("/2").stats();
  t.like(sent, { messages: 301, attachments: 1, failed: 0, inFlight: 0, queuedBytes: 0 });
  t.true(sent.batches >= 2 && sent.batches < 301);
  t.true(sent.bytes > 300 * 60 + 1_000);

  await outcome(emitter.emit("e", 1n));
  t.is(await endSessions(database.pool({ max: 1 })), 1);
  await emitter.connect();
  t.like(emitter.stats(), { messages: 301, failed: 1, reconnects: 1 });
});

test.serial("an executor's statements are counted, too", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const io = Emitter.using(database.pool({ max: 1 }), "/", quiet);
  await io.emit("e", 1);
  await io.emit("e", Buffer.alloc(100));
  await outcome(io.emit("connect"));
  t.like(io.stats(), { messages: 2, batches: 2, attachments: 1, failed: 1, inFlight: 0 });
  t.true(io.stats().bytes > 200);
});

test.serial(
  "DEBUG prints what the official emitter prints, then what it is and what became of it",
  async (t) => {
    const database = await postgres.database(attachmentTableSql());
    const source = `
    import { Emitter as Official } from "@socket.io/postgres-emitter";
    import { Emitter } from "./index.js";

    const calls = async (emitter) => {
      await emitter.emit("e");
      await emitter.to("a").except("b").volatile.emit("e", 1, { two: "é" });
      await emitter.of("/admin").emit("e");
      await emitter.of("/admin").socketsJoin("a");
      await emitter.to("a").socketsLeave("b");
      await emitter.disconnectSockets(true);
      await emitter.serverSideEmit("s", 1);
      await emitter.emit("long", "x".repeat(9_000));
      await emitter.serverSideEmit("b", Buffer.from("b"));
      await emitter.emit("b", Buffer.from("b"));
    };
    // The official one's calls cannot be awaited: what answers at once leaves none of them behind.
    await calls(new Official({ query: async () => ({ rows: [{ id: 1 }] }) }));
    console.error("then");
    const emitter = new Emitter(process.env.CONNECTION);
    await calls(emitter);
    await emitter.close();`;
    const { code, stderr } = await run(source, {
      env: {
        CONNECTION: database.connectionString,
        DEBUG: "socket.io-postgres-emitter",
        // Neither dates nor the milliseconds since the line before, in which no two runs agree.
        DEBUG_HIDE_DATE: "1",
        DEBUG_COLORS: "0",
      },
    });
    t.is(code, 0, stderr);
    const [official, ours] = stderr.split("then\n").map((text) => text.split("\n").slice(0, -1));
    t.is(official.length, 10);
    t.is(official[0], "socket.io-postgres-emitter sending event of type 3 to channel socket.io#/");
    const began = ours.filter((line) => line.includes(" sending "));
    t.deepEqual(
      began.map((line) => line.replace(/: .*$/, "")),
      official,
    );
    const what = began.map((line) => line.replace(/^.*?: /, ""));
    t.deepEqual(what.slice(0, 9), [
      'emit "e", 155 bytes',
      'emit "e" to "a" except "b", 191 bytes',
      'emit "e", 165 bytes',
      'socketsJoin ["a"], 120 bytes',
      'socketsLeave ["b"] to "a", 118 bytes',
      "disconnectSockets true, 114 bytes",
      'serverSideEmit "s", 86 bytes',
      'emit "long", 9171 bytes',
      'serverSideEmit "b", 96 bytes',
    ]);
    // Each is told again when it is done: after how many milliseconds.
    t.deepEqual(
      ours
        .filter((line) => line.includes(" sent "))
        .map((line) => line.replace(/ sent after \d+\.\d ms to /, " ")),
      began.map((line) => line.replace(/ sending event .* to channel /, " channel ")),
    );
    t.is(ours.length, 20);
  },
);

test.serial("DEBUG prints what failed, and nothing that acts on a terminal", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const io = new Emitter(process.env.CONNECTION, "/", { errorHandler() {}, publishTimeoutMillis: 100 });
    await io.to("a\\u001b[2J", 42, ...Array(100).fill().map((_, n) => "room" + n)).emit("\\u001b[2J").catch(() => {});
    await io.emit("connect").catch(() => {});
    await io.close();`;
  const env = {
    CONNECTION: NOWHERE,
    DEBUG: "socket.io-postgres-emitter",
    DEBUG_HIDE_DATE: "1",
    DEBUG_COLORS: "0",
  };
  const { code, stderr } = await run(source, { env });
  t.is(code, 0, stderr);
  const [sending, failed, ...others] = stderr.trimEnd().split("\n");
  t.true(sending.includes('emit "\\u001b[2J" to "a\\u001b[2J", 42, "room0"'), sending);
  t.regex(failed, /failed with ERR_TIMEOUT after \d+\.\d ms to channel socket\.io#\/: emit /);
  t.true(failed.length < 500);
  t.deepEqual(others, []);
});
