// Long texts do not go through JSON on their way to the table, and arrive as if they did.

import test from "ava";
import fc from "fast-check";
import { attachmentTableSql, Emitter } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { inbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";
import { argsOf, decode, isHeader, listenFor, messageOf } from "./support/wire.mjs";

let database;
let pool;

usePostgres(test, {
  async setUp(postgres) {
    database = await postgres.database(attachmentTableSql());
    pool = database.pool({ max: 2 });
  },
});

/** Starts that marks have, too. */
const starts = fc.constantFrom("", "\0", "\0t0", "\0b0", "\0s", "é", "😀", "\n");
const pieces = fc.string({ unit: "binary", minLength: 1, maxLength: 9 });

/** Around the length from which they are set aside; the end may be half of a character. */
const longText = fc
  .tuple(starts, pieces, fc.integer({ min: 7_990, max: 8_010 }))
  .map(([start, piece, length]) => start + piece.repeat(length).slice(0, length - start.length));

const text = fc.oneof(
  longText,
  fc.tuple(starts, pieces).map(([start, piece]) => start + piece),
);
const leaf = fc.oneof(text, fc.integer(), fc.constant(null), fc.uint8Array({ maxLength: 9 }));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(pieces, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const value = tree.filter((one) => !JSON.stringify(one).includes("__proto__"));

/** As text: bytes in hexadecimal, and what MessagePack has for half of a character. */
const carried = (one) =>
  JSON.stringify(one, function (key, value) {
    const given = this[key];
    if (ArrayBuffer.isView(given)) return `bytes ${Buffer.from(given).toString("hex")}`;
    return typeof value === "string" ? value.toWellFormed() : value;
  });

test("any value with long texts, through the table", async (t) => {
  const emitter = emitterFor(t, database, "/table");
  const listener = await listenFor(t, database, emitter.channel);
  await fc.assert(
    fc.asyncProperty(value, longText, async (one, long) => {
      await emitter.emit("e", one, long);
      const [notification] = await listener.next();
      t.true(isHeader(notification));
      t.is(carried(await argsOf(pool, notification)), carried([one, long]));
    }),
    { numRuns: 200 },
  );
});

test("any value with long texts, as a statement", (t) => {
  const io = emitterFor(t, NOWHERE);
  fc.assert(
    fc.property(value, longText, (one, long) => {
      for (const packet of [
        ["emit", "e", one, long],
        ["serverSideEmit", long, one],
      ]) {
        const { values } = io.statement(...packet);
        const { data } = decode(values[0]);
        t.is(carried(data.packet.data ?? data.packet), carried(packet.slice(1)));
      }
    }),
    { numRuns: 200 },
  );
});

test("a parser of one's own gets long texts as they are", (t) => {
  const messages = [];
  const encode = (message) => Buffer.from([messages.push(message)]);
  const io = emitterFor(t, NOWHERE, "/", { parser: { encode } });
  fc.assert(
    fc.property(value, longText, (one, long) => {
      const { values } = io.statement("emit", "e", one, long);
      t.deepEqual([...values[0]], [1]);
      const [{ data }] = messages.splice(0);
      const [, got, gotLong] = data.packet.data;
      t.true(gotLong === long);
      t.is(carried(got), carried(one));
    }),
    { numRuns: 200 },
  );
});

const LONG = "a long text, déjà vu ".repeat(1_000);

test("what JSON.stringify makes of a value holds beside a long text, too", (t) => {
  const io = emitterFor(t, NOWHERE);
  let calls = 0;
  const odd = {
    text: LONG,
    toJSON: undefined,
    date: new Date(0),
    boxed: Object(LONG),
    none: undefined,
    map: new Map([[LONG, 1]]),
    list: [undefined, () => {}, -0, Number.NaN],
    own: { toJSON: (key) => `${key} ${++calls} ${LONG}` },
  };
  const { values } = io.statement("emit", "e", odd, LONG);
  t.is(calls, 1);
  const { data } = decode(values[0]);
  calls = 0;
  t.deepEqual(data.packet.data, JSON.parse(JSON.stringify(["e", odd, LONG])));
});

test("long texts keep their place in the order, and count towards maxQueueBytes", async (t) => {
  const emitter = emitterFor(t, database, "/order", { maxQueueBytes: 200_000 });
  const listener = await listenFor(t, database, emitter.channel);
  await Promise.all([emitter.emit("e", 1), emitter.emit("e", LONG), emitter.emit("e", 3)]);
  const args = [];
  for (const notification of await listener.next(3)) {
    args.push(...(await messageOf(pool, notification)).data.packet.data.slice(1));
  }
  t.deepEqual(args, [1, LONG, 3]);
  const { reason } = await outcome(emitter.emit("e", LONG.repeat(10)));
  t.is(reason.code, "ERR_QUEUE_FULL");
});

test("a client receives long texts, from a connection of ours and from one of the caller's", async (t) => {
  const cluster = await startCluster({ server: database, servers: 1 });
  t.teardown(() => cluster.close());
  const client = inbox(await cluster.connect(0, "/"));
  for (const io of [emitterFor(t, database), Emitter.using(pool)]) {
    await io.emit("long", { text: LONG, bytes: Buffer.from("b") }, LONG);
    await client.until("long");
    const [[, first, second]] = client.take();
    t.true(first.text === LONG && second === LONG);
    t.deepEqual([...first.bytes], [...Buffer.from("b")]);
  }
});
