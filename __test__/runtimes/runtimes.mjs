// Every runtime runs every program of this folder to its end: `npm run test:runtimes`.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { attachmentTableSql, Emitter } from "../../index.js";
import { root } from "../../tools/addon.mjs";
import { listen } from "../../tools/listener.mjs";
import { installRuntimes } from "../../tools/runtimes.mjs";
import { usePostgres } from "../support/database.mjs";
import { createApplication } from "../support/documents/application.mjs";
import { blocksFor, readDocument } from "../support/documents/blocks.mjs";

/** Those of an emitter, and what runtimes say after their first one. */
const WARNINGS = /^\(node:\d+\) \[\w+\] EmitterWarning: messages are being lost.*\n|^\(Use .*\n/gm;

const run = promisify(execFile);
const postgres = usePostgres(test);

/** What each program says; the order is that of the calls, within one process. */
const PROGRAMS = {
  "emit.mjs": { said: ["short"], attachments: 1 },
  "idle.cjs": { said: Array.from({ length: 300 }, (_, index) => index) },
  "unawaited.mjs": { said: ["after"] },
  "worker-threads.mjs": { said: ["worker", "main"] },
  "child-process.mjs": { said: ["parent", "child"], denoFlags: ["--allow-run"] },
  "cluster.mjs": {
    said: ["primary", "worker 1", "worker 2"],
    anyOrder: true,
    denoFlags: ["--allow-run", "--allow-sys", "--allow-net"],
  },
};

/** The messages until `fence`, which the test's own emitter sends when the program has ended. */
async function until(listener, fence) {
  const messages = [];
  for (;;) {
    const [{ payload }] = await listener.next();
    const message = JSON.parse(payload);
    const [event, name, what] = message.data?.packet.data ?? [];
    if (event === fence) return messages;
    messages.push({ event, name, what, attachmentId: message.attachmentId });
  }
}

const runtimes = installRuntimes();

test.serial("Node's permission model: --allow-addons is needed, and --allow-fs-read", async (t) => {
  const { command } = runtimes.find(({ name }) => name === "node-24");
  const path = fileURLToPath(new URL("emit.mjs", import.meta.url));
  const { connectionString } = await postgres.database(attachmentTableSql());
  const start = (...flags) =>
    run(command, ["--permission", ...flags, path, connectionString, "allowed"], {
      env: { ...process.env, NODE_OPTIONS: "", DEBUG: "" },
    });
  await t.notThrowsAsync(start("--allow-addons", "--allow-fs-read=*"));
  const denied = await t.throwsAsync(start("--allow-fs-read=*"));
  t.true(denied.stderr.includes("ERR_NO_BINARY"));
  t.true(denied.stderr.includes("--allow-addons"));
});

test.serial("docs/runtimes.md: Deno with the permissions that it says are needed", async (t) => {
  const [{ code }] = blocksFor("runtimes/runtimes.mjs");
  const { command } = runtimes.find(({ name }) => name === "deno");
  const { connectionString } = await postgres.database(attachmentTableSql());
  const listener = await listen(connectionString, "socket.io#/");
  const application = await createApplication();
  t.teardown(() => Promise.all([listener.close(), application.remove()]));
  const program = await readFile(new URL("../../examples/quickstart.mjs", import.meta.url));
  await application.write("main.mjs", program);
  const start = (line) => {
    const PATH = [dirname(command), process.env.PATH].join(delimiter);
    const env = { PATH, DATABASE_URL: connectionString, DENO_NO_UPDATE_CHECK: "1" };
    return application.shell(line, { env }).ended;
  };
  t.like(await start(code), { code: 0, stderr: "" });
  const [{ payload }] = await listener.next();
  t.deepEqual(JSON.parse(payload).data.packet.data, ["news", "hello, everybody"]);
  const flags = code.match(/--allow-\w+/g);
  t.deepEqual(flags, ["--allow-ffi", "--allow-read", "--allow-env"]);
  for (const flag of flags) {
    const { code: exitCode, stderr } = await start(code.replace(flag, "--no-prompt"));
    t.is(exitCode, 1, flag);
    t.true(stderr.includes(flag), stderr);
    t.notRegex(stderr, /npm run build/);
  }
  if (process.platform !== "linux") return;
  const [narrow] = readDocument("docs/runtimes.md").match(/--allow-read=[^`]+/);
  const within = (flag) => start(code.replace("--allow-read", `--no-prompt ${flag}`));
  // In this application the package is a link to the clone.
  t.like(await within(`${narrow},${root}`), { code: 0 });
  const { stderr } = await within(`--allow-read=node_modules,${root}`);
  t.regex(stderr, /ERR_NO_BINARY|No native binary/);
  t.true(stderr.includes("/usr/bin/ldd"), stderr);
  t.false(stderr.includes("--allow-ffi"), stderr);
});

for (const { name, version, command, flags } of runtimes) {
  for (const [program, { said, attachments = 0, anyOrder, denoFlags }] of Object.entries(
    PROGRAMS,
  )) {
    test.serial(`${name} ${version}: ${program}`, async (t) => {
      const { connectionString } = await postgres.database(attachmentTableSql());
      const io = new Emitter(connectionString);
      const listener = await listen(connectionString, io.channel);
      t.teardown(() => Promise.all([io.close(), listener.close()]));

      const path = fileURLToPath(new URL(program, import.meta.url));
      const more = name === "deno" ? (denoFlags ?? []) : [];
      const { stderr } = await run(command, [...flags, ...more, path, connectionString, name], {
        env: { ...process.env, NODE_OPTIONS: "", DEBUG: "" },
        timeout: 20_000,
      });
      // Of messages that fail and are not awaited the process is warned, once for each code.
      t.is(stderr.replace(WARNINGS, ""), "");

      const [messages] = await Promise.all([until(listener, "fence"), io.emit("fence")]);
      const heard = messages.filter((message) => message.event === "said");
      t.true(heard.every((message) => message.name === name));
      const words = heard.map(({ what }) => what);
      t.deepEqual(anyOrder ? words.sort() : words, said);
      t.is(messages.filter(({ attachmentId }) => attachmentId !== undefined).length, attachments);
    });
  }
}
