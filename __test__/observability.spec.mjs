// What can be seen from outside: traces, spans, counts, and what DEBUG prints.

import { tracingChannel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import test from "ava";
import { traceEmitters } from "../examples/opentelemetry/spans.mjs";
import { attachmentTableSql, Emitter } from "../index.js";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";
import { fakeServer } from "./support/fake-server.mjs";

const postgres = usePostgres(test);
const quiet = { errorHandler: () => {} };

/** Keeps what the tracing channels say, as long as the test lasts. */
function watch(t, names = ["start", "end", "asyncStart", "asyncEnd", "error"]) {
  const seen = [];
  const note = (name) => (context) => seen.push([name, context]);
  const subscribers = Object.fromEntries(names.map((name) => [name, note(name)]));
  const channel = tracingChannel("socket.io-postgres-emitter:publish");
  channel.subscribe(subscribers);
  t.teardown(() => channel.unsubscribe(subscribers));
  return seen;
}

test.serial("one trace for each call, with what is known of it", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", quiet);
  const seen = watch(t);
  const channel = "socket.io#/";
  for (const [call, expected] of [
    [() => emitter.emit("e", 1), { kind: "emit", event: "e", attachment: false }],
    [() => emitter.to("a").emit("long", "x".repeat(9e3)), { kind: "emit", attachment: true }],
    [() => emitter.emit("b", Buffer.alloc(50)), { kind: "emit", event: "b", attachment: true }],
    [() => emitter.socketsJoin("a"), { kind: "socketsJoin", event: undefined }],
    [() => emitter.to("a").socketsLeave("a"), { kind: "socketsLeave" }],
    [() => emitter.disconnectSockets(), { kind: "disconnectSockets" }],
    [() => emitter.serverSideEmit("s"), { kind: "serverSideEmit", event: "s" }],
  ]) {
    seen.length = 0;
    t.is(await call(), undefined);
    t.deepEqual(
      seen.map(([name]) => name),
      ["start", "end", "asyncStart", "asyncEnd"],
    );
    const [, context] = seen[0];
    t.true(seen.every(([, other]) => other === context));
    t.like(context, { ...expected, namespace: "/", channel });
    t.is(context.error, undefined);
    t.true(context.bytes > 60);
  }
});

test.serial("the trace of a request is about its publication", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  await fakeServer(t, database);
  const emitter = emitterFor(t, database, "/", { ...quiet, discoveryMillis: 500 });
  const seen = watch(t);
  for (const [call, expected] of [
    [() => emitter.timeout(1).emitWithAck("e", 1), { kind: "emitWithAck", event: "e" }],
    [() => emitter.timeout(1).fetchSockets(), { kind: "fetchSockets", event: undefined }],
  ]) {
    seen.length = 0;
    t.is((await outcome(call())).reason.code, "ERR_ACK_TIMEOUT");
    const own = seen.filter(([, { kind }]) => kind === expected.kind);
    t.deepEqual(
      own.map(([name]) => name),
      ["start", "end", "asyncStart", "asyncEnd"],
    );
    const [, context] = own[0];
    t.like(context, { ...expected, namespace: "/", channel: "socket.io#/", attachment: false });
    t.true(context.bytes > 60);
  }
});

test.serial("without subscribers, no message is measured", async (t) => {
  const { Namespace } = createRequire(import.meta.url)("../binding.js");
  const { measure } = Namespace.prototype;
  let measured = 0;
  Namespace.prototype.measure = function (...args) {
    measured++;
    return measure.apply(this, args);
  };
  t.teardown(() => {
    Namespace.prototype.measure = measure;
  });
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", { ...quiet, discoveryMillis: 1 });
  const calls = () => Promise.all([emitter.emit("e"), emitter.emitWithAck("e")]);
  await calls();
  t.is(measured, 0);
  watch(t);
  await calls();
  t.is(measured, 2);
});

test.serial("bytes are those of the payload", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database.connectionString, "/admin", quiet);
  const seen = watch(t, ["asyncEnd"]);
  await emitter.emit("é", { text: "ü" });
  const [[, context]] = seen;
  t.like(context, { namespace: "/admin", channel: "socket.io#/admin", event: "é" });
  t.is(context.bytes, emitter.stats().bytes);
});

test.serial("bytes count what is set aside: binary arguments, and long texts", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/", quiet);
  const seen = watch(t, ["asyncEnd"]);
  await emitter.emit("e", "é".repeat(9_000), Buffer.alloc(1_000));
  const [[, { bytes }]] = seen;
  t.true(bytes > 19_000 && bytes < 19_500, `${bytes} bytes`);
});

test.serial(
  "a call that fails has its error in the trace, and no other call is disturbed",
  async (t) => {
    const emitter = emitterFor(t, NOWHERE, "/", { ...quiet, publishTimeoutMillis: 100 });
    const seen = watch(t);
    for (const [call, code] of [
      [() => emitter.emit("connect"), "ERR_RESERVED_EVENT"],
      [() => emitter.emit("e", 1n), "ERR_NOT_SERIALIZABLE"],
      [() => emitter.emit("e"), "ERR_TIMEOUT"],
      [() => emitter.emitWithAck("e"), "ECONNREFUSED"],
      [() => emitter.fetchSockets(), "ECONNREFUSED"],
      [() => emitter.emitWithAck("connect"), "ERR_RESERVED_EVENT"],
    ]) {
      seen.length = 0;
      const { reason } = await outcome(call());
      t.is(reason.code, code);
      t.deepEqual(
        seen.map(([name]) => name),
        ["start", "end", "error", "asyncStart", "asyncEnd"],
      );
      t.is(seen[0][1].error, reason);
    }
  },
);

test.serial("a rejection that is not awaited is harmless also when it is traced", async (t) => {
  const source = `
    import { tracingChannel } from "node:diagnostics_channel";
    import { Emitter } from "./index.js";
    tracingChannel("socket.io-postgres-emitter:publish").subscribe({ asyncEnd() {} });
    const emitter = new Emitter("${NOWHERE}", "/", { publishTimeoutMillis: 50 });
    emitter.emit("connect");
    emitter.emit("e");
    setTimeout(() => console.log("alive"), 200);`;
  const { code, stdout } = await run(source, { flags: ["--unhandled-rejections=strict"] });
  t.is(code, 0);
  t.is(stdout, "alive\n");
});

test.serial("the recipe for OpenTelemetry makes a span of each call", async (t) => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  const stop = traceEmitters();
  t.teardown(() => {
    stop();
    trace.disable();
  });
  const database = await postgres.database();
  const emitter = emitterFor(t, database, "/", quiet);
  await emitter.to("a").emit("news", "hello");
  await outcome(emitter.emit("connect"));
  const bare = Emitter.using(() => Promise.reject(undefined), "/", quiet);
  await outcome(bare.socketsJoin("a"));
  const named = Emitter.using(() => Promise.reject(new TypeError("no")), "/", quiet);
  await outcome(named.serverSideEmit("s"));
  stop();
  await emitter.emit("unseen");
  const [good, bad, nameless, codeless, ...others] = exporter.getFinishedSpans();
  t.deepEqual(others, []);
  t.is(good.name, "emit socket.io#/");
  t.is(good.kind, SpanKind.PRODUCER);
  t.is(good.status.code, SpanStatusCode.UNSET);
  t.like(good.attributes, {
    "messaging.system": "socket.io",
    "messaging.operation.name": "emit",
    "messaging.operation.type": "send",
    "messaging.destination.name": "socket.io#/",
    "socket.io.event_name": "news",
  });
  t.true(good.attributes["messaging.message.body.size"] > 60);
  t.is(good.attributes["error.type"], undefined);
  for (const [span, name, error, message] of [
    [bad, "emit", "ERR_RESERVED_EVENT", /connect/],
    // An executor may reject with anything: with nothing, or with an error that has no code.
    [nameless, "socketsJoin", "_OTHER", /^$/],
    [codeless, "serverSideEmit", "TypeError", /^no$/],
  ]) {
    t.is(span.name, `${name} socket.io#/`);
    t.is(span.kind, SpanKind.PRODUCER);
    t.is(span.status.code, SpanStatusCode.ERROR);
    t.regex(span.status.message ?? "", message);
    t.is(span.attributes["error.type"], error);
  }
  t.true([good, bad, nameless, codeless].every(({ ended }) => ended));
});

test.serial("the span of a query that sends a message is a child of the message's", async (t) => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const stop = traceEmitters();
  t.teardown(() => {
    stop();
    trace.disable();
    context.disable();
  });
  const tracer = trace.getTracer("test");
  // As an instrumented driver does.
  const query = async () => tracer.startSpan("query").end();
  const client = { query };
  const io = Emitter.using(client, "/", quiet);
  await tracer.startActiveSpan("request", async (request) => {
    // The second waits for its turn.
    await Promise.all([io.emit("first"), io.outbox(client).emit("second")]);
    await query();
    request.end();
  });
  const spans = exporter.getFinishedSpans();
  const parentOf = (span) =>
    spans.find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId);
  const family = spans.map((span) => [
    span.name,
    parentOf(span)?.attributes["socket.io.event_name"] ?? parentOf(span)?.name,
  ]);
  t.deepEqual(family.sort(), [
    ["emit socket.io#/", "request"],
    ["emit socket.io#/", "request"],
    ["query", "first"],
    ["query", "request"],
    ["query", "second"],
    ["request", undefined],
  ]);
});

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
  await database.pool({ max: 1 }).query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid()`,
    [database.config.database],
  );
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
