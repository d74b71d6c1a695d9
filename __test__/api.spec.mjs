// The shape of the API: names, arguments, properties. Nothing here talks to a server.

import { createRequire } from "node:module";
import test from "ava";
import * as imported from "../index.js";
import {
  BroadcastOperator,
  DEFAULT_EMITTER_KEY,
  DEFAULT_PAYLOAD_THRESHOLD,
  DEFAULT_TABLE_NAME,
  Emitter,
  EmitterError,
  emitFunctionsSql,
  RESERVED_EVENTS,
} from "../index.js";
import { RecordingEmitter } from "../testing.js";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { refused } from "./support/refused.mjs";

const TYPE = "ERR_INVALID_ARG_TYPE";

const VALUE = "ERR_INVALID_ARG_VALUE";

test("every name is there by require and by import", (t) => {
  const all = { ...imported };
  const required = createRequire(import.meta.url)("../index.js");
  const names = [
    "BroadcastOperator",
    "DEFAULT_EMITTER_KEY",
    "DEFAULT_OUTBOX_TABLE",
    "DEFAULT_PAYLOAD_THRESHOLD",
    "DEFAULT_TABLE_NAME",
    "Emitter",
    "EmitterError",
    "RESERVED_EVENTS",
    "Relay",
    "attachmentTableSql",
    "emitFunctionsSql",
    "outboxSql",
  ];
  t.deepEqual(Object.keys(required).sort(), names);
  for (const name of names) {
    t.is(all[name], required[name], name);
  }
  t.is(all.default, required);
});

test("the constants", (t) => {
  t.is(DEFAULT_EMITTER_KEY, "socket.io");
  t.is(DEFAULT_TABLE_NAME, "socket_io_attachments");
  t.is(DEFAULT_PAYLOAD_THRESHOLD, 8000);
  t.true(RESERVED_EVENTS instanceof Set);
  t.deepEqual([...RESERVED_EVENTS].sort(), [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
  ]);
  t.true(EmitterError.prototype instanceof Error);
});

test("an emitter from a string, or from an object as pg takes it", (t) => {
  const fields = { host: "127.0.0.1", port: 1, user: "u", password: "p", database: "d" };
  for (const connection of [NOWHERE, NOWHERE.replace("postgres:", "postgresql:"), fields]) {
    t.is(new Emitter(connection).nsp, "/");
  }
  t.is(new Emitter({ connectionString: NOWHERE }, "/chat").nsp, "/chat");
  t.throws(() => Emitter(NOWHERE), { instanceOf: TypeError });
});

test("defaults: options left out, undefined or null", (t) => {
  const names = ["channelPrefix", "key", "tableName", "payloadThreshold", "parser", "errorHandler"];
  const all = (value) => Object.fromEntries(names.map((name) => [name, value]));
  for (const options of [undefined, {}, all(undefined), all(null)]) {
    const emitter = new Emitter(NOWHERE, undefined, options);
    t.is(emitter.nsp, "/");
    t.is(emitter.channel, "socket.io#/");
    t.is(emitter.tableName, "socket_io_attachments");
    t.is(emitter.payloadThreshold, 8000);
  }
});

test("broadcastOptions: where messages go, and which way", (t) => {
  const options = { key: "app", tableName: "app.attachments", payloadThreshold: 100 };
  const emitter = new Emitter(NOWHERE, "/a", options);
  const expected = { nsp: "/a", broadcastChannel: "app#/a", tableName: "app.attachments" };
  t.deepEqual(emitter.broadcastOptions, { ...expected, payloadThreshold: 100 });
  t.is(emitter.of("b").broadcastOptions.broadcastChannel, "app#/b");
});

test("options laid over others: what is undefined overrides nothing", (t) => {
  const below = { channelPrefix: "app", tableName: "app.attachments", payloadThreshold: 100 };
  const unset = Object.fromEntries(Object.keys(below).map((name) => [name, undefined]));
  const { nsp, ...defaults } = new Emitter(NOWHERE, "/a").broadcastOptions;
  t.is(nsp, "/a");
  // Spread, an undefined takes the place of what was set: then it is the default, not the value below.
  t.like(new Emitter(NOWHERE, "/a", { ...below, ...unset }).broadcastOptions, defaults);
  for (const name of Object.keys(below)) {
    const { [name]: _, ...rest } = below;
    const left = new Emitter(NOWHERE, "/a", { ...below, [name]: undefined });
    t.deepEqual(left.broadcastOptions, new Emitter(NOWHERE, "/a", rest).broadcastOptions, name);
  }
});

test("channelPrefix and its other name", (t) => {
  const channel = (options) => new Emitter(NOWHERE, "/a", options).channel;
  t.is(channel({ channelPrefix: "x" }), "x#/a");
  t.is(channel({ key: "x" }), "x#/a");
  t.is(channel({ key: "x", channelPrefix: "x" }), "x#/a");
  t.is(channel({ key: "x", channelPrefix: null }), "x#/a");
  refused(t, VALUE, () => channel({ key: "x", channelPrefix: "y" }), "two prefixes");
  refused(t, VALUE, () => channel({ channelPrefix: "x\0" }), "prefix with U+0000");
});

test("wrong constructor arguments throw at once", (t) => {
  for (const connection of [5, true, Symbol("s"), () => {}]) {
    refused(t, TYPE, () => new Emitter(connection), `connection ${String(connection)}`);
  }
  refused(t, VALUE, () => new Emitter("mysql://u:p@h/d"), "another database's URL");
  refused(t, VALUE, () => new Emitter("postgres://u:p@h:port/d"), "a port that is no number");
  refused(t, TYPE, () => new Emitter(NOWHERE, 5), "nsp 5");
  refused(t, TYPE, () => new Emitter(NOWHERE, { publishTimeoutMillis: 5 }), "options as nsp");
  refused(t, VALUE, () => new Emitter(NOWHERE, "/a\0b"), "nsp with U+0000");
  for (const options of [5, "x", true]) {
    refused(t, TYPE, () => new Emitter(NOWHERE, "/", options), `options ${options}`);
  }
});

test("wrong options throw at once", (t) => {
  const wrong = [
    [TYPE, { channelPrefix: 5 }],
    [TYPE, { key: {} }],
    [TYPE, { tableName: 5 }],
    [TYPE, { payloadThreshold: "8000" }],
    [VALUE, { payloadThreshold: 0 }],
    [VALUE, { payloadThreshold: -1 }],
    [VALUE, { payloadThreshold: 1.5 }],
    [VALUE, { payloadThreshold: Number.NaN }],
    [VALUE, { payloadThreshold: Number.POSITIVE_INFINITY }],
    [TYPE, { parser: "msgpack" }],
    [[TYPE, VALUE], { parser: {} }],
    [[TYPE, VALUE], { parser: { encode: 5 } }],
    [TYPE, { errorHandler: "log" }],
    [TYPE, { signal: {} }],
    // close() would take its listener off again.
    [TYPE, { signal: { aborted: false, addEventListener() {} } }],
  ];
  for (const [code, options] of wrong) {
    const what = Object.entries(options).map(([name, value]) => `${name}: ${String(value)}`);
    refused(t, code, () => new Emitter(NOWHERE, "/", options), what.join());
  }
});

test("options that are no object are refused wherever options are", async (t) => {
  const emitter = new Emitter(NOWHERE);
  const calls = {
    Emitter: (options) => new Emitter(NOWHERE, "/", options),
    using: (options) => Emitter.using(async () => {}, "/", options),
    outbox: (options) => Emitter.outbox(async () => {}, "/", options),
    relay: (options) => emitter.relay(options),
    emitFunctionsSql,
    RecordingEmitter: (options) => new RecordingEmitter("/", options),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const options of [[], ["/"], "options", 7, true, () => {}]) {
      refused(t, TYPE, () => call(options), `${name} with ${String(options)}`);
    }
  }
  for (const options of [[], "options"]) {
    await t.throwsAsync(emitter.ensureFunctions(options), { code: TYPE });
  }
});

test("of: the namespace, and every option kept", (t) => {
  const options = { channelPrefix: "p", tableName: "other", payloadThreshold: 100 };
  const emitter = new Emitter(NOWHERE, "/", options);
  const admin = emitter.of("/admin");
  t.true(admin instanceof Emitter);
  t.not(admin, emitter);
  t.is(emitter.nsp, "/");
  t.is(admin.nsp, "/admin");
  t.is(admin.channel, "p#/admin");
  t.is(admin.tableName, "other");
  t.is(admin.payloadThreshold, 100);
  t.is(emitter.of("admin").nsp, "/admin");
  t.is(admin.of("chat").nsp, "/chat");
  t.is(emitter.of("").nsp, "/");
  refused(t, TYPE, () => emitter.of(5), "of(5)");
  refused(t, TYPE, () => emitter.of(), "of()");
  refused(t, VALUE, () => emitter.of("/a\0"), "of with U+0000");
});

test("the properties are read-only", (t) => {
  const emitter = new Emitter(NOWHERE);
  for (const name of ["nsp", "channel", "tableName", "payloadThreshold"]) {
    const before = emitter[name];
    try {
      emitter[name] = "other";
    } catch (error) {
      t.true(error instanceof TypeError, name);
    }
    t.is(emitter[name], before, name);
  }
});

test("targeting calls give a new operator each time", (t) => {
  const emitter = new Emitter(NOWHERE);
  const calls = [
    (from) => from.to("a"),
    (from) => from.in("a", 5, ["b", 6]),
    (from) => from.except("a"),
    (from) => from.volatile,
    (from) => from.compress(true),
  ];
  for (const call of calls) {
    const first = call(emitter);
    t.true(first instanceof BroadcastOperator);
    t.not(call(emitter), first);
    for (const next of calls) {
      t.true(next(first) instanceof BroadcastOperator);
      t.not(next(first), first);
    }
  }
});

test("rooms that are none", (t) => {
  const emitter = new Emitter(NOWHERE);
  const wrong = [{}, null, undefined, true, Symbol("room"), () => {}, [null], ["a", {}], 5n];
  for (const from of [emitter, emitter.to("x")]) {
    for (const name of ["to", "in", "except"]) {
      for (const room of wrong) {
        refused(t, TYPE, () => from[name](room), `${name}(${typeof room})`);
        refused(t, TYPE, () => from[name]("a", room), `${name}("a", ${typeof room})`);
      }
      for (const room of [Number.NaN, Number.POSITIVE_INFINITY]) {
        refused(t, [TYPE, VALUE], () => from[name](room), `${name}(${room})`);
      }
    }
    for (const value of [undefined, "yes", 1]) {
      refused(t, TYPE, () => from.compress(value), `compress(${value})`);
    }
  }
});

test("calls that return promises reject wrong arguments, and never throw", async (t) => {
  const emitter = emitterFor(t, NOWHERE, "/", { errorHandler: () => {} });
  const calls = {
    "emit()": (from) => from.emit(),
    "emit(5)": (from) => from.emit(5),
    "emit(null)": (from) => from.emit(null, "x"),
    "emit(Symbol)": (from) => from.emit(Symbol("event")),
    "serverSideEmit()": (from) => from.serverSideEmit(),
    "serverSideEmit({})": (from) => from.serverSideEmit({}),
    "socketsJoin({})": (from) => from.socketsJoin({}),
    "socketsJoin(a, null)": (from) => from.socketsJoin("a", null),
    "socketsLeave(true)": (from) => from.socketsLeave(true),
    "socketsLeave([[{}]])": (from) => from.socketsLeave([{}]),
  };
  for (const [what, call] of Object.entries(calls)) {
    for (const from of [emitter, emitter.to("x")]) {
      let promise;
      t.notThrows(() => {
        promise = call(from);
      }, what);
      t.true(promise instanceof Promise, what);
      await t.throwsAsync(promise, { instanceOf: EmitterError, code: TYPE }, what);
    }
  }
});
