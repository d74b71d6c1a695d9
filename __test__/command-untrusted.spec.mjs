// What any role that may NOTIFY can write: no command dies of it, and none of it acts on the terminal.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { encode } from "@msgpack/msgpack";
import test from "ava";
import fc from "fast-check";
import { attachmentTableSql } from "../index.js";
import { createDatabase, startPostgres } from "../tools/postgres.mjs";
import { startCommand } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";

const require = createRequire(import.meta.url);
const { decodeAttachment, readNotification, unshowable } = require("../cli/decode.js");
const { toJsonLine, toText } = require("../cli/display.js");
const { harmless, harmlessJson } = require("../cli/harmless.js");

const postgres = usePostgres(test);
/** All that a terminal may act on. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

const shown = async (payload, attachment) => {
  const notification = { time: new Date(0), channel: "socket.io#/", payload };
  const entry = await readNotification(notification, async () => attachment);
  return [toText, toJsonLine].map((format) => {
    try {
      return format(entry, false);
    } catch (error) {
      return format(unshowable(entry, error), false);
    }
  });
};

const nested = (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const NASTY = [
  "",
  "null",
  "5",
  "[]",
  '"text"',
  '{"type":"constructor"}',
  '{"type":"__proto__","data":5}',
  '{"type":3}',
  '{"type":3,"data":null}',
  '{"type":3,"data":{"packet":5}}',
  '{"type":3,"data":{"packet":{"data":{"length":1}}}}',
  '{"type":3,"data":{"packet":{"data":["e"]},"opts":{"rooms":"abc","except":5}}}',
  '{"type":3,"data":{"packet":{"data":["e"]},"opts":{"rooms":{"length":1}}}}',
  '{"type":3,"data":{"packet":{"data":["e"]},"opts":{"rooms":[{"toString":1},null,[[]]]}}}',
  '{"type":4,"data":{"rooms":"abc"}}',
  '{"type":5,"data":{"rooms":{"length":-1}}}',
  '{"type":6,"data":5}',
  '{"type":9,"data":{"packet":"abc"}}',
  '{"type":9,"nsp":{"toString":5},"uid":[],"data":{"packet":[{"toJSON":1}]}}',
  '{"type":2,"nsp":["/"],"uid":{"valueOf":1}}',
  '{"attachmentId":{"toString":1}}',
  '{"attachmentId":["1"],"type":8}',
  '{"attachmentId":"\\u001b[2J","type":8}',
  '{"attachmentId":1e400}',
  '{"toJSON":5,"then":{"length":1}}',
  '{"type":3,"data":{"packet":{"data":["\\u001b]0;owned\\u0007\\u009b2J\\u202e\\u2028\\u007f\\ud800"]}}}',
  `{"type":3,"data":${nested(3_900)}}`,
  nested(3_900),
];

test("no notification ends it, and none acts on the terminal", async (t) => {
  for (const payload of NASTY) {
    for (const text of await shown(payload)) {
      t.false(ACTS.test(text.slice(0, -1)), JSON.stringify(text).slice(0, 200));
      t.true(text.endsWith("\n"));
    }
  }
});

test("any JSON, and any attachment, is shown somehow", async (t) => {
  const value = fc.anything({ withBigInt: false, withDate: true, maxDepth: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(2, 3, 4, 5, 6, 8, 9, 10), fc.json(), async (type, json) => {
      for (const payload of [json, `{"type":${type},"data":${json},"nsp":${json}}`]) {
        for (const text of await shown(payload)) t.false(ACTS.test(text.slice(0, -1)));
      }
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(value, async (data) => {
      let bytes;
      try {
        bytes = encode({ type: 3, data: { packet: { data } } });
      } catch {
        return;
      }
      for (const text of await shown('{"attachmentId":"1"}', bytes)) {
        t.false(ACTS.test(text.slice(0, -1)));
      }
    }),
    { numRuns: 300 },
  );
});

test("what JSON lines hold is what was written", (t) => {
  const text = "a\u001b\u007f\u009b\u202e\u2028\u{e0001}é😀";
  t.is(JSON.parse(harmlessJson(JSON.stringify(text))), text);
  t.is(harmless("é😀ü"), "é😀ü");
});

test("attachments that claim more than they hold are refused before they are read", (t) => {
  const heads = (count, ...head) => Buffer.concat(Array(count).fill(Buffer.from(head)));
  for (const bytes of [
    heads(200, 0xdd, 0xff, 0xff, 0xff, 0xff),
    heads(200, 0xdd, 0, 0, 3, 0),
    heads(200, 0xdf, 0x7f, 0xff, 0xff, 0xff),
    heads(300, 0xdc, 0xff, 0xff),
    Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xc9, 0xff, 0xff, 0xff, 0xff, 1]),
    Buffer.from([0xdd]),
    Buffer.from([]),
    heads(200_000, 0x91),
    Buffer.from([0xc1]),
  ]) {
    t.throws(() => decodeAttachment(bytes));
  }
  const values = [null, true, -1, 2 ** 40, 0.5, "x".repeat(300), Buffer.alloc(70_000), new Date(5)];
  const message = { many: Array(40).fill(values), deep: JSON.parse(nested(900)) };
  t.deepEqual(decodeAttachment(encode(message, { maxDepth: 2_000 })), {
    ...message,
    many: Array(40).fill(values.with(6, new Uint8Array(70_000))),
  });
});

/** `watch`, once it listens. */
async function startWatching(t, { connectionString }) {
  const watcher = startCommand(["watch", "--heartbeats", "--url", connectionString]);
  t.teardown(() => watcher.child.kill("SIGKILL"));
  await watcher.until(({ stderr }) => stderr.startsWith("listening on "));
  return watcher;
}

test("a watcher survives all of it, and shows what comes next", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const { child, until, ended } = await startWatching(t, database);
  const bombs = [
    Buffer.concat(Array(200).fill(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]))),
    Buffer.alloc(200_000, 0x91),
  ];
  for (const bytes of bombs) {
    const { rows } = await pool.query(
      "INSERT INTO socket_io_attachments (payload) VALUES ($1) RETURNING id",
      [bytes],
    );
    NASTY.push(JSON.stringify({ uid: "a", type: 3, attachmentId: rows[0].id }));
  }
  for (const payload of NASTY.filter((text) => text !== "")) {
    await pool.query("SELECT pg_notify('socket.io#/', $1)", [payload]);
  }
  await pool.query("SELECT pg_notify('socket.io#/', $1)", [
    '{"type":3,"data":{"packet":{"data":["the-end"]}}}',
  ]);
  const { stdout } = await until((output) => output.stdout.includes("the-end"));
  t.is(stdout.split("\n").length - 1, NASTY.length);
  t.false(ACTS.test(stdout.replaceAll("\n", "")));
  child.kill("SIGINT");
  t.is((await ended).code, 0);
});

test("a watcher survives a restart of PostgreSQL", async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.stop());
  const database = await createDatabase(server, "restarted");
  const { child, until, ended } = await startWatching(t, database);
  await server.halt();
  await server.start();
  await until(({ stderr }) => stderr.includes("what came meanwhile is missed"));
  const payload = '{"type":3,"data":{"packet":{"data":["again"]}}}';
  await database.pool({ max: 1 }).query("SELECT pg_notify('socket.io#/', $1)", [payload]);
  await until(({ stdout }) => stdout.includes("again"));
  await server.halt();
  child.kill("SIGINT");
  t.is((await ended).code, 0);
});

test("what the server says is made harmless, too", async (t) => {
  const database = await postgres.database(`CREATE FUNCTION refuse() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION E'no\\x1b[2J\\u202e' USING HINT = E'\\x1b]0;owned\\x07'; END $$;
    ${attachmentTableSql()}
    CREATE TRIGGER refuse BEFORE INSERT ON socket_io_attachments
      FOR EACH ROW EXECUTE FUNCTION refuse();`);
  const long = JSON.stringify("x".repeat(9_000));
  const { ended } = startCommand(["emit", "--url", database.connectionString, "e", long]);
  const { code, stderr } = await ended;
  t.is(code, 1);
  t.true(stderr.includes("P0001"));
  t.false(ACTS.test(stderr.replaceAll("\n", "")), JSON.stringify(stderr));
});

test("every command prints through what makes text harmless", (t) => {
  const folder = new URL("../cli/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const source = readFileSync(new URL(name, folder), "utf8");
    const prints = /process\.std(out|err)\.write|stream\.write|writer\(/.test(source);
    // These print nothing but their own words and numbers.
    const own = ["completion.js", "input.js", "progress.js", "rates.js", "writer.js"];
    if (!prints || own.includes(name)) continue;
    t.regex(source, /require\("\.\/(harmless|display)\.js"\)/, name);
  }
});
