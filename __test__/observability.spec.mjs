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

test.serial("bytes are those that the crate counts of the same message", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const emitter = emitterFor(t, database, "/a", quiet);
  const seen = watch(t, ["asyncEnd"]);
  await emitter.to("room").emit("ev", Buffer.alloc(100));
  const [[, { bytes }]] = seen;
  const text = String.raw`{"uid":"emitter","nsp":"/a","source":"_sio_adapter","type":3,"data":{"packet":{"type":2,"data":["ev","\u0000b0"],"nsp":"/a"},"opts":{"rooms":["room"],"except":[],"flags":{}}}}`;
  // That of the crate's span: `src/emitter/tracing.rs`.
  t.is(bytes, text.length + 100);
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
