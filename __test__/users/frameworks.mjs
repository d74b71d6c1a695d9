// The examples for frameworks, each run with the framework itself: its message reaches a client.

import { cp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { Emitter } from "../../index.js";
import { startCluster } from "../../tools/cluster.mjs";
import { installRuntimes } from "../../tools/runtimes.mjs";
import { inbox } from "../support/clients.mjs";
import { startProgram } from "../support/command.mjs";
import { usePostgres } from "../support/database.mjs";
import { readDocument } from "../support/documents/blocks.mjs";
import { createProject } from "./project.mjs";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

/** The versions that docs/frameworks.md says. */
const versionOf = (name) =>
  new RegExp(`^\\| \\[${name}\\]\\(.*?\\) ([\\d.]+) `, "m").exec(
    readDocument("docs/frameworks.md"),
  )[1];

const PACKAGES = {
  "@nestjs/common": versionOf("NestJS"),
  "@nestjs/core": versionOf("NestJS"),
  "reflect-metadata": "0.2.2",
  rxjs: "7.8.2",
  fastify: versionOf("Fastify"),
  "fastify-plugin": "6.0.1",
  "graphile-worker": versionOf("graphile-worker"),
  pg: "8.23.1",
  typescript: "5.9.3",
  "@opentelemetry/api": "1.9.1",
  "@opentelemetry/context-async-hooks": "2.12.1",
  "@opentelemetry/instrumentation-pg": "0.75.0",
  "@opentelemetry/sdk-trace-base": "2.12.1",
};

let cluster;
let client;
let connectionString;
let io;
let node;
let project;
let relay;

usePostgres(test, {
  async setUp({ server }) {
    ({ connectionString } = server);
    const runtimes = installRuntimes();
    node = runtimes.find(({ name }) => name === "node-24").command;
    project = await createProject("frameworks", PACKAGES);
    for (const folder of ["frameworks", "opentelemetry"]) {
      await cp(join(EXAMPLES, folder), join(project.folder, folder), { recursive: true });
    }
    cluster = await startCluster({ server, servers: 1 });
    client = inbox(await cluster.connect(0, "/", { rooms: ["readers", "order:17"] }));
    io = new Emitter(connectionString);
    await io.ensureOutbox();
    await io.ensureFunctions();
    relay = io.relay();
  },
  async tearDown() {
    await relay?.close();
    await io?.close();
    await cluster?.close();
  },
});

/** Runs a program of the folder beside this file; gives what it printed. */
async function run(t, name) {
  t.teardown(() => client.take());
  const env = { DATABASE_URL: connectionString };
  const options = { cwd: project.folder, env, timeoutMs: 60_000 };
  const { code, stdout, stderr } = await startProgram(node, [name], options).ended;
  t.is(code, 0, stdout + stderr);
  return stdout;
}

test.serial("NestJS", async (t) => {
  // As Nest's own compiler does, with decorators.
  const ts = createRequire(join(project.modules, "x.js"))("typescript");
  for (const name of ["frameworks/nestjs", "nestjs-app"]) {
    const source = await readFile(join(project.folder, `${name}.ts`), "utf8");
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    await writeFile(join(project.folder, `${name}.mjs`), outputText);
  }
  t.is(await run(t, "nestjs-app.mjs"), "closed\n");
  t.deepEqual(await client.until("news"), ["news", "NestJS"]);
});

for (const [name, program] of Object.entries({
  Fastify: "fastify-app.mjs",
  "AWS Lambda": "lambda-app.mjs",
  "Cloudflare Workers": "worker-app.mjs",
})) {
  test.serial(name, async (t) => {
    await run(t, program);
    t.deepEqual(await client.until("news"), ["news", name]);
  });
}

test.serial("Next.js: the handler; bundlers.mjs builds one", async (t) => {
  await run(t, "next-app.mjs");
  t.deepEqual(await client.until("news"), ["news", "Next.js"]);
});

test.serial("graphile-worker: what is committed is heard, and nothing else", async (t) => {
  await run(t, "graphile-app.mjs");
  await relay.drain();
  await io.emit("end");
  await client.until("end");
  t.deepEqual(
    client.take().filter(([event]) => event === "paid"),
    [["paid", { id: 17 }]],
  );
});

test.serial("OpenTelemetry: the span of pg is a child of the message's", async (t) => {
  const spans = JSON.parse(await run(t, "opentelemetry-app.cjs"));
  const nameOf = (id) => spans.find((span) => span.id === id)?.name;
  const queries = spans.filter(({ name }) => name.startsWith("pg.query:"));
  t.deepEqual(
    queries.map(({ name, parent }) => [name.split(" ")[0], nameOf(parent)]),
    [
      ["pg.query:SELECT", "emit socket.io#/"],
      ["pg.query:INSERT", "emit socket.io#/"],
    ],
  );
});
