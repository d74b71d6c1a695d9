// Statements that are made and not run: their text, their values, and what they refuse.

import test from "ava";
import { attachmentTableSql, Emitter, EmitterError } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import {
  broadcast,
  broadcastText,
  isHeader,
  listenFor,
  message,
  messageOf,
  TYPE,
  text as textOf,
} from "./support/wire.mjs";

const postgres = usePostgres(test);
const BYTES = Buffer.from([0, 255]);

/** Each of the five calls, and the data of its message. */
const CALLS = [
  [["emit", "e", 1], TYPE.BROADCAST],
  [["socketsJoin", "b", 2], TYPE.JOIN, { rooms: ["b", 2] }],
  [["socketsLeave", ["b"]], TYPE.LEAVE, { rooms: ["b"] }],
  [["disconnectSockets"], TYPE.DISCONNECT, { close: false }],
  [["disconnectSockets", true], TYPE.DISCONNECT, { close: true }],
  [["serverSideEmit", "e", 1], TYPE.SERVER_SIDE_EMIT],
];

function expected(type, data, rooms) {
  const opts = { rooms, except: [] };
  if (type === TYPE.BROADCAST) return broadcast(["e", 1], { rooms });
  if (type === TYPE.SERVER_SIDE_EMIT) return message(type, { packet: ["e", 1] });
  return message(type, { opts, ...data });
}

test("a statement is what using runs, and sends nothing by itself", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const io = emitterFor(t, NOWHERE);
  for (const [from, rooms] of [
    [io, []],
    [io.to("a"), ["a"]],
    [Emitter.using(pool).to("a"), ["a"]],
  ]) {
    for (const [args, type, data] of CALLS) {
      const statement = from.statement(...args);
      t.deepEqual(Object.keys(statement), ["text", "values"]);
      const result = await pool.query(statement.text, statement.values);
      t.deepEqual(result.rows, [{ sent: 1 }]);
      const [notification] = await listener.next();
      t.deepEqual(JSON.parse(notification.payload), expected(type, data, rooms));
    }
  }
  const { text, values } = io.statement("emit", "e", BYTES);
  t.deepEqual((await pool.query(text, values)).rows, [{ sent: 1 }]);
  const { data } = await messageOf(pool, (await listener.next())[0]);
  t.deepEqual([...data.packet.data[1]], [...BYTES]);
  t.is(listener.messages.length, 3 * CALLS.length + 1);
});

test("two texts for all messages of an emitter, each parameter once, in order, typed", (t) => {
  const io = emitterFor(t, NOWHERE, "/admin", { tableName: 'app."My table"' });
  const texts = new Set();
  for (const from of [io, io.of("/other"), io.to("a"), io.using(async () => {})]) {
    for (const [args] of CALLS) {
      const { text, values } = from.statement(...args);
      texts.add(text);
      t.deepEqual(
        values.map((value) => typeof value),
        ["string", "string"],
      );
    }
    const long = from.statement("emit", "e", "x".repeat(9_000));
    texts.add(long.text).add(from.statement("emit", "e", BYTES).text);
    t.true(Buffer.isBuffer(long.values[0]));
    t.deepEqual(
      long.values.slice(1).map((value) => typeof value),
      ["string", "string", "string"],
    );
  }
  t.is(texts.size, 2);
  for (const text of texts) {
    const parameters = [...text.matchAll(/\$(\d+)(::pg_catalog\.(text|bytea))?/g)];
    t.deepEqual(
      parameters.map(([, number]) => Number(number)),
      parameters.map((_, index) => index + 1),
    );
    t.true(parameters.every(([, , cast]) => cast));
    t.false(text.includes("?"));
  }
});

test("the size from which a message goes through the table leaves room to tell copies apart", (t) => {
  const sized = (bytes) => "x".repeat(bytes - broadcastText(["e", ""]).length);
  for (const [payloadThreshold, last] of [
    [undefined, 7983],
    [7990, 7983],
    [7984, 7983],
    [500, 499],
  ]) {
    const io = emitterFor(t, NOWHERE, "/", { payloadThreshold });
    t.is(io.statement("emit", "e", sized(last)).values.length, 2);
    t.is(io.statement("emit", "e", sized(last + 1)).values.length, 4);
  }
});

test("equal calls give different statements", (t) => {
  const io = emitterFor(t, NOWHERE);
  const payloads = Array.from({ length: 100 }, () => io.statement("emit", "e").values[1]);
  t.is(new Set(payloads).size, 100);
  t.deepEqual(new Set(payloads.map((payload) => payload.trimEnd())).size, 1);
});

test("a statement is for one run: a notification run twice is one, an attachment is two", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const client = await database.pool().connect();
  t.teardown(() => client.release());
  const listener = await listenFor(t, database);
  const io = emitterFor(t, NOWHERE);
  await client.query("BEGIN");
  for (const arg of [1, BYTES]) {
    const { text, values } = io.statement("emit", "e", arg);
    await client.query(text, values);
    await client.query(text, values);
  }
  await client.query("COMMIT");
  const fence = io.statement("emit", "fence");
  await client.query(fence.text, fence.values);
  const all = await listener.next(4);
  t.deepEqual(all.map(isHeader), [false, true, true, false]);
  t.is(textOf(all[3]), broadcastText(["fence"]));
});

test("the time for which an attachment is kept", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  for (const [attachmentTtlMillis, seconds] of [
    [undefined, 3_600],
    [null, 3_600],
    [0, 0],
    [90_500, 90.5],
    // Beyond it a number of JavaScript is not exact.
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER / 1_000],
  ]) {
    const io = Emitter.using(pool, "/", { attachmentTtlMillis });
    const { text, values } = io.statement("emit", "e", BYTES);
    await pool.query(text, values);
    const { rows } = await pool.query(
      `DELETE FROM socket_io_attachments
       RETURNING extract(epoch FROM created_at - clock_timestamp())::float AS ahead`,
    );
    t.true(Math.abs(rows[0].ahead - seconds) < 30, `${attachmentTtlMillis}: ${rows[0].ahead}`);
  }
});

test("what cannot be sent throws at once", (t) => {
  const handled = [];
  const io = emitterFor(t, NOWHERE, "/", { errorHandler: (error) => handled.push(error) });
  const rejections = [
    ["ERR_INVALID_ARG_TYPE", []],
    ["ERR_INVALID_ARG_TYPE", [1, "e"]],
    ["ERR_INVALID_ARG_VALUE", ["to", "e"]],
    ["ERR_INVALID_ARG_VALUE", ["constructor"]],
    ["ERR_INVALID_ARG_VALUE", ["__proto__"]],
    ["ERR_INVALID_ARG_TYPE", ["emit"]],
    ["ERR_RESERVED_EVENT", ["emit", "disconnect"]],
    ["ERR_RESERVED_EVENT", ["serverSideEmit", "connection"]],
    ["ERR_NOT_SERIALIZABLE", ["emit", "e", 1n]],
    ["ERR_NOT_SUPPORTED", ["emit", "e", () => {}]],
    ["ERR_INVALID_ARG_TYPE", ["socketsJoin", null]],
    ["ERR_INVALID_ARG_TYPE", ["disconnectSockets", 1]],
  ];
  for (const [code, args] of rejections) {
    for (const from of [io, io.to("a"), Emitter.using(async () => {})]) {
      t.throws(() => from.statement(...args), { instanceOf: EmitterError, code }, String(args[0]));
    }
  }
  t.is(handled.length, 0);
});
