// Any JSON value and any bytes arrive equal, whatever the route; every size around the limit does.

import test from "ava";
import fc from "fast-check";
import { startCluster } from "../tools/cluster.mjs";
import { inbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { argsOf, broadcastText, isHeader, listenFor, messageOf } from "./support/wire.mjs";

const RUNS = { numRuns: 300 };
let database;
let cluster;
let pool;

usePostgres(test, {
  async setUp(postgres) {
    database = await postgres.database();
    pool = database.pool({ max: 4 });
    cluster = await startCluster({ server: database, servers: 1 });
  },
  tearDown: () => cluster?.close(),
});

// The adapters' decoder refuses the key `__proto__`; values.spec.mjs says what becomes of it.
const carried = (value) => !JSON.stringify(value).includes('"__proto__"');

const text = fc.string({ unit: "binary", maxLength: 40 });
const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 5 }).filter(carried);
const bytes = fc.uint8Array({ maxLength: 300 });

/** Trees with bytes anywhere in them. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    json,
    bytes,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(text, tie("tree"), { maxKeys: 4, noNullPrototype: true }).filter(carriedKeys),
  ),
}));

function carriedKeys(object) {
  return !Object.hasOwn(object, "__proto__");
}

/** Bytes as lists under a key of their own, everything else as JSON makes it. */
function plain(value) {
  if (ArrayBuffer.isView(value)) {
    return { bytes: Buffer.from(value).toString("hex") };
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return Object.is(value, -0) ? 0 : value;
}

let channels = 0;

async function open(t, options) {
  const channelPrefix = `properties ${++channels}`;
  const emitter = emitterFor(t, database, "/", { ...options, channelPrefix });
  const listener = await listenFor(t, database, emitter.channel);
  const received = async (...args) => {
    await emitter.emit("e", ...args);
    const [notification] = await listener.next();
    return { header: isHeader(notification), args: await argsOf(pool, notification) };
  };
  return { emitter, listener, received };
}

test("any JSON value, inline", async (t) => {
  const { received } = await open(t);
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      const { args } = await received(value);
      t.is(JSON.stringify(args), JSON.stringify([value]));
    }),
    RUNS,
  );
});

test("any JSON value, through the table", async (t) => {
  const { received } = await open(t, { payloadThreshold: 1 });
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      const { header, args } = await received(value);
      t.true(header);
      t.is(JSON.stringify(args), JSON.stringify([value]));
    }),
    RUNS,
  );
});

test("any JSON value beside any bytes", async (t) => {
  const { received } = await open(t);
  await fc.assert(
    fc.asyncProperty(json, bytes, async (value, some) => {
      const { args } = await received(value, some);
      t.is(Buffer.compare(args.pop(), some), 0);
      t.is(JSON.stringify(args), JSON.stringify([value]));
    }),
    RUNS,
  );
});

test("bytes anywhere in any value", async (t) => {
  const { received } = await open(t);
  await fc.assert(
    fc.asyncProperty(tree, async (value) => {
      const { args } = await received(value);
      t.is(JSON.stringify(plain(args)), JSON.stringify(plain([value])));
    }),
    RUNS,
  );
});

test("any room and event", async (t) => {
  const channelPrefix = `properties ${++channels}`;
  const emitter = emitterFor(t, database, "/", { channelPrefix });
  const listener = await listenFor(t, database, emitter.channel);
  const room = fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const event = text.filter((name) => !["connect", "disconnect"].includes(name));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(room), event, async (rooms, name) => {
      const key = (one) => (Object.is(one, -0) ? 0 : one);
      const unique = [...new Set(rooms.map(key))];
      await emitter.to(rooms).emit(name);
      const [notification] = await listener.next();
      t.is(
        JSON.stringify(await messageOf(pool, notification)),
        broadcastText([name], { rooms: unique }),
      );
    }),
    RUNS,
  );
});

test("any value with any bytes, by the real adapter to a real client", async (t) => {
  const emitter = emitterFor(t, database);
  const socket = await cluster.connect(0, "/");
  const client = inbox(socket);
  // Socket.IO's own parser takes an object with `_placeholder` for bytes.
  const value = tree.filter((one) => !JSON.stringify(one).includes("_placeholder"));
  await fc.assert(
    fc.asyncProperty(value, async (one) => {
      await emitter.emit("value", one);
      await client.until("value");
      const [[, got]] = client.take();
      t.is(JSON.stringify(plain(got)), JSON.stringify(plain(one)));
    }),
    RUNS,
  );
});

const SIZES = Array.from({ length: 601 }, (_, index) => 7_700 + index);

for (const [width, character] of [
  [1, "x"],
  [2, "é"],
  [4, "😀"],
]) {
  test(`every size from 7,700 to 8,300 bytes, in characters of ${width}`, async (t) => {
    const nsp = `/${width}`;
    const emitter = emitterFor(t, database, nsp);
    const listener = await listenFor(t, database, emitter.channel);
    const base = Buffer.byteLength(broadcastText(["e", ""], { nsp }));
    const args = SIZES.map((size) => {
      const room = size - base;
      return "a".repeat(room % width) + character.repeat(Math.floor(room / width));
    });
    await Promise.all(args.map((arg) => emitter.emit("e", arg)));
    const notifications = await listener.next(SIZES.length);
    for (const [index, notification] of notifications.entries()) {
      t.is(isHeader(notification), SIZES[index] >= 8_000, `${SIZES[index]} bytes`);
      const [got] = await argsOf(pool, notification);
      t.true(got === args[index], `${SIZES[index]} bytes`);
    }
  });

  test(`a client receives each of those sizes, in characters of ${width}`, async (t) => {
    const emitter = emitterFor(t, database);
    const event = `sizes ${width}`;
    const socket = await cluster.connect(0, "/", { rooms: [event] });
    const base = Buffer.byteLength(broadcastText([event, ""], { rooms: [event] }));
    const missing = new Set(SIZES);
    const done = new Promise((resolve) => {
      socket.on(event, (arg) => {
        const whole = /^(a*)(.*)$/su.exec(arg);
        t.is(whole[2].replaceAll(character, ""), "");
        missing.delete(base + Buffer.byteLength(arg));
        if (missing.size === 0) {
          resolve();
        }
      });
    });
    const room = (size) => size - base;
    const arg = (size) =>
      "a".repeat(room(size) % width) + character.repeat(Math.floor(room(size) / width));
    await Promise.all(SIZES.map((size) => emitter.to(event).emit(event, arg(size))));
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
    t.deepEqual([...missing], []);
  });
}
