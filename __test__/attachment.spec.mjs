// Messages that travel through the table: the header, the row, and when.

import { randomBytes } from "node:crypto";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import {
  broadcast,
  broadcastText,
  decode,
  isHeader,
  listenFor,
  message,
  messageOf,
  rowOf,
  TYPE,
  text,
} from "./support/wire.mjs";

const postgres = usePostgres(test);

async function open(t, options, extraSql = "") {
  const table = attachmentTableSql(options?.tableName ?? undefined);
  const database = await postgres.database(`${extraSql};${table}`);
  const emitter = emitterFor(t, database, "/", options);
  const listener = await listenFor(t, database);
  const sent = async (promise) => {
    await promise;
    return (await listener.next())[0];
  };
  return { database, pool: database.pool({ max: 1 }), emitter, listener, sent };
}

test("bytes: a header, and a row with the whole message", async (t) => {
  const { emitter, pool, sent } = await open(t);
  const operator = emitter.to("a", 42).except("b").volatile;
  const notification = await sent(operator.emit("e", Buffer.from([0, 255]), { n: 1 }));
  const { rows } = await pool.query("SELECT id, created_at, payload FROM socket_io_attachments");
  t.is(rows.length, 1);
  t.is(text(notification), `{"uid":"emitter","type":3,"attachmentId":"${rows[0].id}"}`);
  t.true(Math.abs(Date.now() - rows[0].created_at) < 60_000);
  const options = { rooms: ["a", 42], except: ["b"], flags: { volatile: true } };
  const expected = broadcast(["e", new Uint8Array([0, 255]), { n: 1 }], options);
  t.deepEqual(plain(decode(rows[0].payload)), plain(expected));
});

/** `decode` gives a Uint8Array on a larger buffer: compare the bytes only. */
function plain(value) {
  if (value instanceof Uint8Array) {
    return { bytes: [...value] };
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

test("every call can be long", async (t) => {
  const { emitter, pool, sent } = await open(t);
  const long = "x".repeat(10_000);
  const rooms = Array.from({ length: 2_000 }, (_, index) => (index % 2 ? index : `room ${index}`));
  const opts = { rooms, except: [] };
  const cases = [
    [emitter.emit("e", long), broadcast(["e", long])],
    [emitter.to(rooms).emit("e"), broadcast(["e"], { rooms })],
    [emitter.to(rooms).socketsJoin("x"), message(TYPE.JOIN, { opts, rooms: ["x"] })],
    [emitter.socketsLeave(rooms), message(TYPE.LEAVE, { opts: { rooms: [], except: [] }, rooms })],
    [emitter.to(rooms).disconnectSockets(true), message(TYPE.DISCONNECT, { opts, close: true })],
    [emitter.serverSideEmit("e", long), message(TYPE.SERVER_SIDE_EMIT, { packet: ["e", long] })],
  ];
  for (const [promise, expected] of cases) {
    const notification = await sent(promise);
    const header = JSON.parse(notification.payload);
    t.deepEqual(Object.keys(header), ["uid", "type", "attachmentId"]);
    t.is(header.uid, "emitter");
    t.is(header.type, expected.type);
    t.regex(header.attachmentId, /^[1-9][0-9]*$/);
    t.deepEqual(await messageOf(pool, notification), expected);
  }
});

test("PostgreSQL does not compress an attachment, in a table as the adapters' documentation has it", async (t) => {
  const database = await postgres.database(
    "CREATE TABLE socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)",
  );
  const emitter = emitterFor(t, database);
  const pool = database.pool({ max: 1 });
  const stored = async () => {
    const { rows } = await pool.query(
      `SELECT octet_length(payload) AS length, pg_column_size(payload) AS stored
       FROM socket_io_attachments ORDER BY id DESC LIMIT 1`,
    );
    return rows[0];
  };
  // What compresses well, and bytes behind an envelope that does.
  for (const arg of ["x".repeat(8_000), "x".repeat(200_000), randomBytes(5_000)]) {
    await emitter.emit("e", arg);
    const { length, stored: size } = await stored();
    t.true(length > arg.length);
    t.is(size, length);
  }
  // That the same table compresses what is not protected.
  await pool.query("INSERT INTO socket_io_attachments (payload) VALUES (repeat('x', 8000)::bytea)");
  t.true((await stored()).stored < 1_000);
});

/** An event whose message has exactly `bytes` bytes. */
const sized = (bytes) => "x".repeat(bytes - broadcastText(["e", ""]).length);

for (const [threshold, first] of [
  [undefined, 8000],
  [200, 200],
  [7999, 7999],
  [8000, 8000],
  // NOTIFY's own limit holds whatever is asked for.
  [8001, 8000],
  [1_000_000, 8000],
]) {
  test(`payloadThreshold ${threshold}: ${first} bytes go to the table, ${first - 1} do not`, async (t) => {
    const { emitter, pool, sent } = await open(t, { payloadThreshold: threshold });
    const below = await sent(emitter.emit("e", sized(first - 1)));
    t.is(text(below).length, first - 1);
    t.is(text(below), broadcastText(["e", sized(first - 1)]));
    const at = await sent(emitter.emit("e", sized(first)));
    t.true(isHeader(at));
    t.deepEqual(await messageOf(pool, at), broadcast(["e", sized(first)]));
  });
}

test("the threshold counts bytes, not characters", async (t) => {
  const { emitter, sent } = await open(t, { payloadThreshold: 300 });
  const room = 299 - Buffer.byteLength(broadcastText(["e", ""]));
  const fits = "é".repeat(Math.floor(room / 2)) + "x".repeat(room % 2);
  t.false(isHeader(await sent(emitter.emit("e", fits))));
  t.true(isHeader(await sent(emitter.emit("e", `${fits}x`))));
});

test("payloadThreshold 1 sends everything through the table", async (t) => {
  const { emitter, pool, sent } = await open(t, { payloadThreshold: 1 });
  const notification = await sent(emitter.of("/").emit("e"));
  t.true(isHeader(notification));
  t.deepEqual(await messageOf(pool, notification), broadcast(["e"]));
});

for (const [tableName, raw, extraSql] of [
  ["other", "other"],
  ["MyTable", "mytable"],
  ['"My ""odd"" Table; --"', '"My ""odd"" Table; --"'],
  ["app.att", '"app"."att"', "CREATE SCHEMA app"],
  ['"App 1"."T.x"', '"App 1"."T.x"', 'CREATE SCHEMA "App 1"'],
  // A word of SQL works only when it is quoted.
  ["select", '"select"'],
]) {
  test(`tableName ${tableName} is the table SQL knows by it`, async (t) => {
    const { emitter, pool, sent } = await open(t, { tableName }, extraSql);
    const notification = await sent(emitter.emit("e", Buffer.from("b")));
    t.truthy(await rowOf(pool, notification, raw));
    await emitter.ensureTable();
  });
}

test("ensureTable creates the table, once, and only when called", async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const exists = async () =>
    (await pool.query("SELECT to_regclass('socket_io_attachments') AS t")).rows[0].t !== null;
  const emitter = emitterFor(t, database);
  await emitter.connect();
  await emitter.emit("e");
  await outcome(emitter.emit("e", Buffer.from("b")));
  t.false(await exists());
  t.is(await emitter.ensureTable(), undefined);
  t.true(await exists());
  await emitter.emit("e", Buffer.from("b"));
  await emitter.of("/admin").ensureTable();
  const { rows } = await pool.query(`
    SELECT column_name, data_type, column_default FROM information_schema.columns
    WHERE table_name = 'socket_io_attachments' ORDER BY ordinal_position`);
  t.deepEqual(
    rows.map((row) => [row.column_name, row.data_type]),
    [
      ["id", "bigint"],
      ["created_at", "timestamp with time zone"],
      ["payload", "bytea"],
    ],
  );
  t.regex(rows[0].column_default, /nextval/);
  t.regex(rows[1].column_default, /now\(\)/i);
});

test("processes that call ensureTable at the same time all succeed", async (t) => {
  const database = await postgres.database();
  const emitters = Array.from({ length: 8 }, () => emitterFor(t, database));
  await Promise.all(emitters.map((emitter) => emitter.connect()));
  await t.notThrowsAsync(Promise.all(emitters.map((emitter) => emitter.ensureTable())));
});

test("a parser of one's own writes the row", async (t) => {
  const messages = [];
  const parser = {
    encode(value) {
      messages.push(value);
      return Buffer.from(`row ${messages.length}`).subarray(1);
    },
  };
  const { emitter, pool, sent } = await open(t, { parser });
  await sent(emitter.emit("small", 1));
  t.is(messages.length, 0);
  const bytes = Buffer.from([1, 2]);
  const first = await sent(emitter.to("a").emit("e", { bytes }, new Date(0)));
  t.is((await rowOf(pool, first)).toString(), "ow 1");
  const [{ data, ...rest }] = messages;
  t.deepEqual(rest, { uid: "emitter", nsp: "/", source: "_sio_adapter", type: 3 });
  t.deepEqual(data.opts, { rooms: ["a"], except: [], flags: {} });
  t.is(data.packet.data[0], "e");
  t.deepEqual([...data.packet.data[1].bytes], [1, 2]);
  const long = await sent(emitter.of("/").serverSideEmit("e", "x".repeat(9_000)));
  t.is((await rowOf(pool, long)).toString(), "ow 2");
  t.deepEqual(messages[1], message(TYPE.SERVER_SIDE_EMIT, { packet: ["e", "x".repeat(9_000)] }));
});

test("a parser of one's own gets rooms, names and strings that look like what is set aside", async (t) => {
  const messages = [];
  const parser = { encode: (value) => Buffer.from(`row ${messages.push(value)}`) };
  const { emitter, sent } = await open(t, { parser });
  const bytes = Uint8Array.of(1, 2);
  const args = ["\0b0", "\0s", { "\0b0": ["\0t0", bytes] }, "\0".padEnd(9_000, "x")];
  await sent(
    emitter
      .to("\0b0", 42)
      .except("\0sa")
      .emit("\0b0", ...args),
  );
  const [{ data }] = messages;
  t.deepEqual(data.opts, { rooms: ["\0b0", 42], except: ["\0sa"], flags: {} });
  t.deepEqual(data.packet, { type: 2, data: ["\0b0", ...args], nsp: "/" });
});

test("a parser may use its buffer again", async (t) => {
  const buffer = Buffer.alloc(100);
  let calls = 0;
  const parser = { encode: () => buffer.fill(++calls).subarray(0, 3) };
  const { emitter, pool, listener } = await open(t, { parser });
  const bytes = Buffer.from("b");
  await Promise.all([1, 2, 3].map(() => emitter.emit("e", bytes)));
  const rows = [];
  for (const notification of await listener.next(3)) {
    rows.push([...(await rowOf(pool, notification))]);
  }
  t.deepEqual(rows, [
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
  ]);
});
