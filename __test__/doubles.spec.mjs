// What takes an emitter's place, in a transaction, through the outbox or in a test, has all that its types
// promise, and gives values of the same shape.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "ava";
import { attachmentTableSql, BroadcastOperator, Emitter, outboxSql } from "../index.js";
import { RecordingEmitter } from "../testing.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";

const postgres = usePostgres(test);

const require = createRequire(import.meta.url);
const types = readFileSync(join(import.meta.dirname, "../index.d.ts"), "utf8");

/** Of the types that the fields of stats have. */
const IS_OF = {
  number: (value) => typeof value === "number",
  "boolean | null": (value) => typeof value === "boolean" || value === null,
};

/** The fields of an interface, with their types. */
const fieldsOf = (name) => {
  const [, body] = new RegExp(`^export interface ${name} \\{$(.*?)^\\}$`, "ms").exec(types);
  return [...body.matchAll(/^ {2}readonly (\w+): (.+);$/gm)].map(([, field, type]) => [
    field,
    type,
  ]);
};

const open = async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};${outboxSql()}`);
  const options = { errorHandler: () => {}, discoveryMillis: 50 };
  return { pool: database.pool(), options, emitter: emitterFor(t, database, "/", options) };
};

test.serial("stats have the fields that their type has, of every emitter", async (t) => {
  const { pool, options, emitter } = await open(t);
  const double = new RecordingEmitter();
  const emitters = {
    connection: emitter,
    outbox: emitter.outbox(),
    "using, of one with a connection": emitter.using(pool),
    "outbox, of one with a connection": emitter.outbox(pool),
    using: Emitter.using(pool, "/", options),
    "outbox of an executor": Emitter.outbox(pool, "/", options),
    double,
    "using, of the double": double.using(pool),
    "outbox, of the double": double.outbox(),
    "outbox of an executor, of the double": double.outbox(pool),
  };
  const fields = fieldsOf("EmitterStats");
  t.true(fields.length > 8, `${fields.length} fields`);
  const names = fields.map(([field]) => field).sort();
  for (const [which, each] of Object.entries(emitters)) {
    // Before anything was sent, and after.
    for (let messages = 0; messages < 2; messages++) {
      const stats = each.stats();
      t.deepEqual(Object.keys(stats).sort(), names, which);
      for (const [field, type] of fields) t.true(IS_OF[type](stats[field]), `${which}: ${field}`);
      await each.emit("e");
    }
  }
});

/** The arguments with which each method is called; those that end an emitter come last. */
const ARGUMENTS = {
  to: ["a"],
  in: ["a"],
  except: ["a"],
  compress: [true],
  timeout: [1_000],
  emit: ["e", 1],
  emitWithAck: ["e", 1],
  fetchSockets: [],
  socketsJoin: ["a"],
  socketsLeave: ["a"],
  disconnectSockets: [],
  serverSideEmit: ["e"],
  serverSideEmitWithAck: ["e"],
  statement: ["emit", "e"],
};
const ARGUMENTS_OF_EMITTER = {
  ...ARGUMENTS,
  of: ["/admin"],
  using: [async () => {}],
  outbox: [],
  serverCount: [],
  ensureTable: [],
  ensureOutbox: [],
  ensureFunctions: [],
  outboxStatus: [],
  retrySetAside: [],
  dropSetAside: [],
  // The only one that the double refuses: there is nothing to publish.
  relay: undefined,
  connect: [],
  // Compared with their type: what is not known yet is null.
  stats: undefined,
  queueUsage: [],
  flush: [],
  close: [],
  [Symbol.asyncDispose]: [],
};

/** What a value is: its type, or its class, and what it holds. */
const shapeOf = (value) => {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return value.map(shapeOf);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value.constructor.name;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
};

/** Public members of a class, with their descriptors. */
const membersOf = (shown) =>
  Reflect.ownKeys(shown.prototype)
    .filter((name) => name !== "constructor")
    .filter((name) => typeof name === "string" || name === Symbol.asyncDispose)
    .map((name) => [name, Object.getOwnPropertyDescriptor(shown.prototype, name)]);

const inOrder = (names) => names.map(String).sort();

const walk = async (t, shown, calls, real, double) => {
  const members = membersOf(shown);
  const methods = members.filter(([, { value }]) => value !== undefined).map(([name]) => name);
  t.deepEqual(inOrder(methods), inOrder(Reflect.ownKeys(calls)), "each method has arguments here");
  for (const [name, { get }] of members.filter(([, each]) => each.get !== undefined)) {
    t.is(get, Object.getOwnPropertyDescriptor(shown.prototype, name).get);
    t.deepEqual(shapeOf(double[name]), shapeOf(real[name]), name);
  }
  for (const name of Reflect.ownKeys(calls)) {
    if (calls[name] === undefined) continue;
    const [of, ofDouble] = [real, double].map((each) => each[name](...calls[name]));
    t.is(ofDouble instanceof Promise, of instanceof Promise, String(name));
    const [settled, settledOfDouble] = [await outcome(of), await outcome(ofDouble)];
    t.is(settled.status, "fulfilled", `${String(name)}: ${settled.reason}`);
    t.deepEqual(shapeOf(settledOfDouble), shapeOf(settled), String(name));
  }
};

test.serial("the double has each method and getter, which give the same shapes", async (t) => {
  const { emitter } = await open(t);
  const double = new RecordingEmitter();
  await walk(t, BroadcastOperator, ARGUMENTS, emitter.to("a"), double.to("a"));
  t.throws(() => double.relay(), { code: "ERR_NOT_SUPPORTED" });
  await walk(t, Emitter, ARGUMENTS_OF_EMITTER, emitter, double);
});

test("what takes a publisher's place has each of its methods and getters", (t) => {
  const { ConnectionPublisher } = require("../lib/connection-publisher.js");
  const { ExecutorPublisher } = require("../lib/executor-publisher.js");
  const { OutboxPublisher } = require("../lib/outbox-publisher.js");
  const { RecordingPublisher } = require("../lib/recording-publisher.js");
  // Called by the publisher's own signal alone.
  const members = membersOf(ConnectionPublisher).filter(([name]) => name !== "abort");
  t.true(members.length > 15);
  for (const other of [ExecutorPublisher, OutboxPublisher, RecordingPublisher]) {
    const kinds = new Map(membersOf(other).map(([name, { get }]) => [name, get !== undefined]));
    for (const [name, { get }] of members) {
      t.is(kinds.get(name), get !== undefined, `${other.name}: ${name}`);
    }
  }
});

/** The ways a message can go. */
const WAYS = {
  "its own connection": (io) => io,
  "the outbox": (io) => io.outbox(),
  "an executor": (io, executor) => io.using(executor),
  "the outbox of an executor": (io, executor) => io.outbox(executor),
  "the outbox, of one on an executor": (io, executor) => io.using(executor).outbox(),
};

const codeOf = async (call) => {
  try {
    const made = await call();
    await made?.close?.();
    return "none";
  } catch ({ code }) {
    return code;
  }
};

test.serial("each way of the double refuses what that way of an emitter does", async (t) => {
  const { pool, emitter } = await open(t);
  const double = new RecordingEmitter();
  const calls = {
    emit: (io) => io.emit("e"),
    emitWithAck: (io) => io.timeout(50).emitWithAck("e"),
    fetchSockets: (io) => io.timeout(50).fetchSockets(),
    serverCount: (io) => io.serverCount(),
    queueUsage: (io) => io.queueUsage(),
    outboxStatus: (io) => io.outboxStatus(),
    retrySetAside: (io) => io.retrySetAside(),
    dropSetAside: (io) => io.dropSetAside(),
    "using null": (io) => io.using(null),
    "using {}": (io) => io.using({}),
    "outbox null": (io) => io.outbox(null),
    flush: (io) => io.flush(),
  };
  const compare = async (ways, when) => {
    for (const [way, [real, doubled]] of Object.entries(ways)) {
      for (const [name, call] of Object.entries(calls)) {
        const [wanted, code] = [await codeOf(() => call(real)), await codeOf(() => call(doubled))];
        t.is(code, wanted, `${name} by ${way}, ${when}`);
      }
      t.is(doubled.state === "closed", real.state === "closed", `${way}, ${when}`);
    }
  };
  const ways = Object.fromEntries(
    Object.entries(WAYS).map(([name, way]) => [name, [way(emitter, pool), way(double, pool)]]),
  );
  await compare(ways, "open");
  await Promise.all([emitter.close(), double.close()]);
  await compare(ways, "after the first was closed");
  const ended = new AbortController();
  const options = { signal: ended.signal, errorHandler: () => {} };
  const aborted = [emitterFor(t, NOWHERE, "/", options), new RecordingEmitter("/", options)];
  ended.abort();
  // The state of one that has a connection changes a moment later.
  await aborted[0].close();
  await compare({ "an emitter": aborted }, "aborted");
});
