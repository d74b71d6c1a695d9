// The command line without a reader of what it prints, as after `| head -1`, and with a slow one.

import { closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { startCommand } from "./support/command.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const require = createRequire(import.meta.url);
const { writer } = require("../cli/writer.js");

const postgres = usePostgres(test);

/** A command of which nothing reads what these streams get. */
function unread(t, args, ...names) {
  const started = startCommand(args);
  t.teardown(() => started.child.kill("SIGKILL"));
  started.child.stdin.on("error", () => {});
  for (const name of names) started.child[name].destroy();
  return started;
}

test("help, the version and what completes commands are no failure without a reader", async (t) => {
  for (const args of [["--help"], ["emit", "--help"], ["--version"], ["completion", "bash"]]) {
    t.like(await unread(t, args, "stdout").ended, { code: 0, signal: null, stderr: "" }, args[0]);
  }
  t.is((await unread(t, ["nonsense"], "stderr").ended).code, 2);
});

test("lines are sent although nothing reads how many", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const args = ["emit", "n", "-", "--url", database.connectionString];
  const { child, ended } = unread(t, args, "stderr");
  child.stdin.end("1\n2\n");
  const wanted = [1, 2].map((n) => broadcastText(["n", n]));
  t.deepEqual((await listener.next(2)).map(text), wanted);
  t.is((await ended).code, 0);
});

test("a relay goes on publishing without a reader", async (t) => {
  const database = await postgres.database(outboxSql() + attachmentTableSql());
  const listener = await listenFor(t, database);
  const io = emitterFor(t, database);
  for (const [args, name] of [
    [["--json"], "stdout"],
    [[], "stderr"],
  ]) {
    const url = database.connectionString;
    const { child, ended } = unread(t, ["relay", "--url", url, ...args], name);
    await io.outbox().emit("n", name);
    t.deepEqual((await listener.next()).map(text), [broadcastText(["n", name])]);
    child.kill("SIGTERM");
    t.like(await ended, { code: 0, signal: null });
  }
});

test("watch ends well when nothing reads either of its streams", async (t) => {
  const database = await postgres.database();
  const io = emitterFor(t, database);
  const { child, until, ended } = startCommand(["watch", "--url", database.connectionString]);
  t.teardown(() => child.kill("SIGKILL"));
  await until(({ stderr }) => stderr.startsWith("listening on "));
  child.stdout.destroy();
  child.stderr.destroy();
  await eventually(async () => {
    await io.emit("tick");
    return child.exitCode !== null;
  }, "it ends");
  t.like(await ended, { code: 0, signal: null });
});

const full = existsSync("/dev/full") ? test : test.skip;

full("a full disk: the output is a failure that is told, and standard error none", async (t) => {
  const disk = openSync("/dev/full", "w");
  t.teardown(() => closeSync(disk));
  const told = await startCommand(["--version"], { stdio: ["ignore", disk, "pipe"] }).ended;
  t.is(told.code, 1);
  t.regex(told.stderr, /^socket\.io-postgres-emitter-rs: ENOSPC: [^\n]*\n$/);
  const database = await postgres.database(outboxSql() + attachmentTableSql());
  const listener = await listenFor(t, database);
  const args = ["relay", "--url", database.connectionString];
  const { child, ended } = startCommand(args, { stdio: ["ignore", "pipe", disk] });
  t.teardown(() => child.kill("SIGKILL"));
  await emitterFor(t, database).outbox().emit("n", 1);
  t.deepEqual((await listener.next()).map(text), [broadcastText(["n", 1])]);
  child.kill("SIGTERM");
  t.like(await ended, { code: 0, signal: null });
});

test("a slow reader leaves no listeners behind, and one that goes is no error", async (t) => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const write = writer(stream);
  const listeners = () => stream.eventNames().map((name) => stream.listenerCount(name));
  const before = listeners();
  for (let count = 0; count < 20; count++) {
    const written = write("text");
    stream.read();
    t.true(await written);
  }
  t.deepEqual(listeners(), before);
  const last = write("text");
  stream.destroy(new Error("it is gone"));
  t.false(await last);
});
