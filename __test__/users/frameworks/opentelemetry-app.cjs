// Instrumented as users have it: before pg is loaded.
const { context, trace } = require("@opentelemetry/api");
const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
const { PgInstrumentation } = require("@opentelemetry/instrumentation-pg");
const {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} = require("@opentelemetry/sdk-trace-base");

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const instrumentation = new PgInstrumentation();
instrumentation.setTracerProvider(provider);
instrumentation.enable();
const pg = require("pg");
const { Emitter } = require("socket.io-postgres-emitter-rs");

async function main() {
  const { traceEmitters } = await import("./opentelemetry/spans.mjs");
  traceEmitters();
  const client = new pg.Client(process.env.DATABASE_URL);
  await client.connect();
  const io = Emitter.using(client);
  await Promise.all([io.emit("news", 1), io.outbox(client).emit("news", 2)]);
  await client.end();
  const spans = exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
  }));
  console.log(JSON.stringify(spans));
}

main();
