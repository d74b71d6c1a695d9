// Test runners: each runs a few tests of its own with an emitter, whose messages reach a client.

import { join } from "node:path";
import test from "ava";
import { startCluster } from "../../tools/cluster.mjs";
import { installRuntimes } from "../../tools/runtimes.mjs";
import { inbox } from "../support/clients.mjs";
import { startProgram } from "../support/command.mjs";
import { usePostgres } from "../support/database.mjs";
import { createProject } from "./project.mjs";

const PACKAGES = {
  "@jest/globals": "30.5.2",
  jest: "30.5.2",
  "jest-environment-jsdom": "30.5.2",
  mocha: "12.0.3",
  sinon: "22.1.0",
  "ts-jest": "29.4.15",
  "@types/node": "24.19.4",
  typescript: "5.9.3",
  vitest: "5.1.2",
};

let cluster;
let client;
let project;
let runtimes;

usePostgres(test, {
  async setUp({ server }) {
    runtimes = Object.fromEntries(installRuntimes().map((each) => [each.name, each.command]));
    project = await createProject("runners", PACKAGES);
    cluster = await startCluster({ server, servers: 1 });
    client = inbox(await cluster.connect(0));
    process.env.DATABASE_URL = server.connectionString;
  },
  async tearDown() {
    await cluster?.close();
  },
});

const jest = (file, ...flags) => ["jest/bin/jest.js", "--ci", "--rootDir=.", ...flags, file];
const vitest = (pool) => ["vitest/vitest.mjs", "run", `--pool=${pool}`, "vitest.test.mjs"];
const CJS = ["--testMatch=**/*.test.cjs"];
const ESM = ["--testMatch=**/*.test.mjs", "--transform={}"];

/** The programs below `node_modules` and their arguments, by what the message says. */
const NODE = {
  "Jest, CommonJS": { args: jest("jest.test.cjs", ...CJS) },
  "Jest, in one process": { args: jest("jest.test.cjs", ...CJS, "-i") },
  "Jest, --detectLeaks": { args: jest("jest.test.cjs", ...CJS, "-i", "--detectLeaks") },
  "Jest, --detectOpenHandles": { args: jest("jest.test.cjs", ...CJS, "--detectOpenHandles") },
  "Jest, jsdom": { args: jest("jest.test.cjs", ...CJS, "--env=jsdom") },
  "Jest, ES modules": { args: jest("jest.test.mjs", ...ESM), flags: ["--experimental-vm-modules"] },
  "ts-jest": { args: jest("jest.test.ts", "--preset=ts-jest", "--testMatch=**/*.test.ts") },
  "Vitest, forks": { args: vitest("forks"), runtime: "node-24" },
  "Vitest, threads": { args: vitest("threads"), runtime: "node-24" },
  "Vitest, vmThreads": { args: vitest("vmThreads"), runtime: "node-24" },
  Mocha: { args: ["mocha/bin/mocha.js", "mocha.test.mjs"] },
};

/** Runs a test runner, whose tests succeed, and whose emitter reached the client. */
async function ran(t, command, args, name) {
  t.teardown(() => client.take());
  const { code, stdout, stderr } = await startProgram(command, args, {
    cwd: project.folder,
    env: { DATABASE_URL: process.env.DATABASE_URL, RUN: name, CI: "1" },
    timeoutMs: 90_000,
  }).ended;
  t.is(code, 0, stdout + stderr);
  t.notRegex(stdout + stderr, /open handle|did not exit|failed to exit/);
  t.deepEqual(await client.until("ran"), ["ran", name]);
}

for (const [name, { args, flags = [], runtime = "node-22" }] of Object.entries(NODE)) {
  test.serial(name, async (t) => {
    const [program, ...rest] = args;
    const path = join(project.modules, program);
    await ran(t, runtimes[runtime], [...flags, path, ...rest], name);
  });
}

for (const version of ["20", "22", "24", "26"]) {
  test.serial(`node:test of Node.js ${version}`, async (t) => {
    await ran(t, runtimes[`node-${version}`], ["--test", "node.test.mjs"], `node:test ${version}`);
  });
}

test.serial("bun test", async (t) => {
  await ran(t, runtimes.bun, ["test", "./bun.test.mjs"], "bun test");
});

test.serial("node:test in Bun", async (t) => {
  await ran(t, runtimes.bun, ["test", "./node.test.mjs"], "node:test in Bun");
});

test.serial("deno test", async (t) => {
  const allowed = ["--allow-ffi", "--allow-read", "--allow-env", "--no-check", "--no-prompt"];
  await ran(t, runtimes.deno, ["test", ...allowed, "deno.test.mjs"], "deno test");
});
