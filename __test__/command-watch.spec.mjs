// `watch`: what it shows of the cluster's traffic, and how it ends.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mock } from "node:test";
import test from "ava";
import { createRoles, endSessions, eventually, usePostgres } from "./support/database.mjs";
import { linesOf, PASSWORD, watchingWith } from "./support/watching.mjs";

const require = createRequire(import.meta.url);

const { toText } = require("../cli/display.js");

const { Rates } = require("../cli/rates.js");

/** What docs/deploying.md says that a role needs for `watch`. */
const [, GRANT] = readFileSync(new URL("../docs/deploying.md", import.meta.url), "utf8").match(
  /^- `watch` .*`(GRANT .*?)`/m,
);

/** Makes a program take its pipes for a terminal: a real one cannot be had everywhere. */
const ON_A_TERMINAL = `--import=data:text/javascript,${["stdout", "stderr"]
  .map((name) => `process.${name}.isTTY=true`)
  .join(";")}`;

const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, PASSWORD, "watcher"),
});

const watching = watchingWith(postgres);

/** What it printed until there were `count` lines. */
async function lines({ until }, count) {
  return linesOf((await until(({ stdout }) => linesOf(stdout).length >= count)).stdout);
}

test("--json is one object a line, with every key, for every kind", async (t) => {
  const watcher = await watching(t, ["--json", "--heartbeats", "--nsp", "/", "--nsp", "/admin"]);
  const { io, database } = watcher;
  const target = io.to("r1", 42).except("r2");
  await target.emit("short", "é", { n: 1 });
  await io.of("/admin").emit("bytes", { raw: Buffer.from([1, 2, 3]) }, "x");
  await target.socketsJoin("a", "b");
  await target.socketsLeave("a");
  await target.disconnectSockets(true);
  await io.serverSideEmit("reload", [1]);
  const pool = database.pool({ max: 1 });
  const notify = (text) => pool.query("SELECT pg_notify('socket.io#/', $1)", [text]);
  await notify('{"uid":"abc","type":2,"nsp":"/"}');
  await notify("not of ours");
  await notify('{"uid":"emitter","type":3,"attachmentId":"999"}');

  const entries = (await lines(watcher, 9)).map((line) => JSON.parse(line));
  const keys = [
    ...["time", "channel", "nsp", "kind", "type", "uid", "rooms", "except", "event", "args"],
    ...["bytes", "attachmentId"],
  ];
  for (const { error: _, ...entry } of entries) {
    t.deepEqual(Object.keys(entry).sort(), [...keys].sort());
    t.is(new Date(entry.time).toISOString(), entry.time);
    t.true(entry.bytes > 0);
  }
  const { rows } = await pool.query("SELECT id, length(payload) FROM socket_io_attachments");
  const shown = entries.map(({ time: _, bytes, ...entry }) => entry);
  const root = { channel: "socket.io#/", nsp: "/", uid: "emitter", attachmentId: null };
  const targets = { rooms: ["r1", 42], except: ["r2"] };
  const everybody = { rooms: [], except: [] };
  const unknown = { rooms: null, except: null, event: null, args: null };
  t.deepEqual(shown.slice(0, 7), [
    { ...root, kind: "broadcast", type: 3, ...targets, event: "short", args: ["é", { n: 1 }] },
    {
      ...root,
      ...everybody,
      channel: "socket.io#/admin",
      nsp: "/admin",
      kind: "broadcast",
      type: 3,
      event: "bytes",
      args: [{ raw: { $base64: "AQID" } }, "x"],
      attachmentId: rows[0].id,
    },
    { ...root, kind: "sockets-join", type: 4, ...targets, event: null, args: ["a", "b"] },
    { ...root, kind: "sockets-leave", type: 5, ...targets, event: null, args: ["a"] },
    { ...root, kind: "disconnect-sockets", type: 6, ...targets, event: null, args: [true] },
    { ...root, ...unknown, kind: "server-side-emit", type: 9, event: "reload", args: [[1]] },
    { ...root, ...unknown, kind: "heartbeat", type: 2, uid: "abc" },
  ]);
  t.is(entries[1].bytes, rows[0].length);
  const { error: broken, ...unreadable } = shown[7];
  t.like(unreadable, { kind: "unreadable", nsp: null, type: null, ...unknown });
  t.is(typeof broken, "string");
  t.like(shown[8], { kind: "broadcast", attachmentId: "999", error: "the attachment is gone" });

  watcher.child.kill("SIGINT");
  const { code, stderr } = await watcher.ended;
  t.is(code, 0);
  t.regex(stderr, /^listening on socket\.io#\/, socket\.io#\/admin\n9 messages, \d+ bytes in /);
});

test("for people: a line each, without colours in a pipe, and with no control characters", async (t) => {
  const watcher = await watching(t);
  await watcher.io.to("room").emit("news", "\u001b[2Jcleared", Buffer.alloc(5));
  const [line] = await lines(watcher, 1);
  t.regex(line, /^\d\d:\d\d:\d\d\.\d{3} {2}broadcast {2}\/ to room {2}"news" /);
  t.true(line.includes('"<5 bytes>"'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  t.notRegex(line, /[\u0000-\u001f]/);
  watcher.child.kill("SIGTERM");
  t.is((await watcher.ended).code, 0);
});

test.serial("on a terminal each kind has its colour, and the rates a line that goes away", (t) => {
  const entry = {
    ...{
      time: "2030-01-01T00:00:00.000Z",
      channel: "socket.io#/",
      nsp: "/",
      rooms: [],
      except: [],
    },
    ...{ event: "e", args: [], bytes: 1, attachmentId: null },
  };
  const colourOf = (kind) => {
    const [, colour] = toText({ ...entry, kind }, true).match(new RegExp(`\\[(\\d+)m${kind}`));
    return colour;
  };
  const kinds = [
    "broadcast",
    "server-side-emit",
    "sockets-join",
    "disconnect-sockets",
    "heartbeat",
  ];
  t.is(new Set(kinds.map(colourOf)).size, kinds.length);

  mock.timers.enable({ apis: ["setInterval"] });
  t.teardown(() => mock.timers.reset());
  let written = "";
  const rates = new Rates({ isTTY: true, write: (text) => (written += text) });
  rates.count(100);
  rates.count(50);
  mock.timers.tick(1_000);
  t.regex(written, /2 messages\/s, 150 bytes\/s, 2 messages in all/);
  rates.clear();
  t.true(written.endsWith("\r\x1b[K"));
  rates.drop(3);
  rates.end();
  t.regex(written, /2 messages, 150 bytes in [\d.]+ s, and 3 too fast to show\n$/);
});

test("keeps the order of many, inline and attached", async (t) => {
  const watcher = await watching(t, ["--json"]);
  const count = 1_000;
  for (let index = 0; index < count; index++) {
    watcher.io.emit("n", index, ...(index % 50 === 0 ? [Buffer.alloc(20_000)] : []));
  }
  const shown = (await lines(watcher, count)).map((line) => JSON.parse(line).args?.[0]);
  t.deepEqual(
    shown,
    Array.from({ length: count }, (_, index) => index),
  );
});

test("ends when its output is closed", async (t) => {
  const watcher = await watching(t);
  watcher.child.stdout.destroy();
  const { exitCode } = await eventually(async () => {
    await watcher.io.emit("tick");
    return watcher.child.exitCode !== null && watcher.child;
  }, "it ends");
  t.is(exitCode, 0);
});

test("a session that the server ends is opened anew, and what was missed is said", async (t) => {
  const watcher = await watching(t, ["--json"]);
  t.true((await endSessions(watcher.database.pool({ max: 1 }), { name: null })) > 0);
  const [missed] = await lines(watcher, 1);
  t.like(JSON.parse(missed), { kind: "missed" });
  t.true(missed.includes("57P01"), missed);
  await watcher.io.emit("afterwards");
  t.like(JSON.parse((await lines(watcher, 2))[1]), { kind: "broadcast", event: "afterwards" });
  watcher.child.kill("SIGINT");
  t.is((await watcher.ended).code, 0);
});

test("a table that is not there is said with the message", async (t) => {
  const watcher = await watching(t, ["--json", "--table", "elsewhere"]);
  await watcher.io.emit("bytes", Buffer.alloc(1));
  const [line] = await lines(watcher, 1);
  t.like(JSON.parse(line), { kind: "broadcast", args: null, error: "the attachment: 42P01" });
});

test("a row that the role must not read is said with the message", async (t) => {
  const watcher = await watching(t, ["--json"], { user: "watcher" });
  await watcher.io.emit("bytes", Buffer.alloc(1));
  await watcher.io.emit("short");
  const [bytes, short] = (await lines(watcher, 2)).map((line) => JSON.parse(line));
  t.like(bytes, { kind: "broadcast", args: null, error: "the attachment: 42501" });
  t.like(short, { event: "short", args: [] });
});

test(`a role with nothing but this can watch: ${GRANT}`, async (t) => {
  const sql = `${GRANT} ON socket_io_attachments TO watcher`;
  const watcher = await watching(t, ["--json"], { user: "watcher", sql });
  await watcher.io.emit("bytes", Buffer.from([1, 2, 3]));
  const [line] = await lines(watcher, 1);
  const { event, args, error } = JSON.parse(line);
  t.deepEqual(
    { event, args, error },
    { event: "bytes", args: [{ $base64: "AQID" }], error: undefined },
  );
});

test("on a terminal there are colours, and the rates", async (t) => {
  const watcher = await watching(t, [], { env: { NODE_OPTIONS: ON_A_TERMINAL, NO_COLOR: "" } });
  await watcher.io.emit("news");
  const [line] = await lines(watcher, 1);
  t.true(line.includes("\x1b[32mbroadcast\x1b[39m"), line);
  await watcher.until(({ stderr }) => stderr.includes("messages/s, "));
  watcher.child.kill("SIGINT");
  t.is((await watcher.ended).code, 0);
});

test("on a terminal there are no colours with NO_COLOR", async (t) => {
  const watcher = await watching(t, [], { env: { NODE_OPTIONS: ON_A_TERMINAL, NO_COLOR: "1" } });
  await watcher.io.emit("news");
  const [line] = await lines(watcher, 1);
  t.true(line.includes("  broadcast  "), line);
  t.false(line.includes("\x1b"), line);
});
