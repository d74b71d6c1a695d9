// What a value becomes: what JSON.stringify makes of it, on every route.

import test from "ava";
import { attachmentTableSql, EmitterError } from "../index.js";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { VALUES } from "./support/values.mjs";
import { argsOf, broadcastText, isHeader, listenFor, messageOf, text } from "./support/wire.mjs";

let database;
let pool;

usePostgres(test, {
  async setUp(postgres) {
    database = await postgres.database(attachmentTableSql());
    pool = database.pool({ max: 4 });
  },
});

let channels = 0;

/** An emitter, one that sends everything through the table, and what comes of both. */
async function open(t) {
  const channelPrefix = `values ${++channels}`;
  const inline = emitterFor(t, database, "/", { channelPrefix });
  const table = emitterFor(t, database, "/", { channelPrefix, payloadThreshold: 1 });
  const listener = await listenFor(t, database, inline.channel);
  const sent = async (promise) => {
    await promise;
    return (await listener.next())[0];
  };
  return { inline, table, sent };
}

// One after the other: each has connections of its own, and a server has 100.
for (const [name, make] of Object.entries(VALUES)) {
  test.serial(`the same on every route: ${name}`, async (t) => {
    const { inline, table, sent } = await open(t);
    // The order of keys counts too, so texts are compared. A value in the middle and one in an
    // object: a function is an acknowledgement only as the last argument.
    const expected = JSON.stringify(["e", make(), { in: make() }]);

    const first = await sent(inline.emit("e", make(), { in: make() }));
    t.is(text(first), broadcastText(["e", make(), { in: make() }]));

    const second = await sent(table.emit("e", make(), { in: make() }));
    t.true(isHeader(second));
    t.is(JSON.stringify((await messageOf(pool, second)).data.packet.data), expected);

    const third = await sent(inline.emit("e", make(), { in: make() }, Buffer.from([1, 2])));
    t.true(isHeader(third));
    const beside = (await messageOf(pool, third)).data.packet.data;
    t.deepEqual([...beside.pop()], [1, 2]);
    t.is(JSON.stringify(beside), expected);

    const fourth = await sent(inline.serverSideEmit("e", make(), { in: make() }));
    t.is(JSON.stringify(JSON.parse(text(fourth)).data.packet), expected);
  });
}

test.serial("-0 is 0 on every route", async (t) => {
  const { inline, table, sent } = await open(t);
  for (const call of [
    () => inline.emit("e", -0, [-0]),
    () => table.emit("e", -0, [-0]),
    () => inline.emit("e", -0, [-0], Buffer.from("b")),
  ]) {
    const [top, [nested]] = await argsOf(pool, await sent(call()));
    t.is(top, 0);
    t.is(nested, 0);
  }
});

test.serial(
  "an object whose own toJSON returns it keeps its strings and bytes apart",
  async (t) => {
    const { inline, sent } = await open(t);
    const bytes = Buffer.from([1, 2]);
    const itself = { text: "\0b0", bytes, toJSON: () => itself };
    const [value] = await argsOf(pool, await sent(inline.emit("e", itself)));
    t.is(value.text, "\0b0");
    t.deepEqual([...value.bytes], [1, 2]);
    const next = { n: 1, bytes, toJSON: () => ({ ...next, n: next.n + 1 }) };
    t.is((await argsOf(pool, await sent(inline.emit("e", next))))[0].n, 2);
  },
);

test("whatever a toJSON throws, the rejection is an EmitterError", async (t) => {
  const emitter = emitterFor(t, NOWHERE);
  for (const thrown of [Object.create(null), { code: "ERR_NOT_SERIALIZABLE" }, undefined, 5]) {
    const value = {
      toJSON() {
        throw thrown;
      },
    };
    const error = await t.throwsAsync(emitter.emit("e", value), {
      instanceOf: EmitterError,
      code: "ERR_NOT_SERIALIZABLE",
    });
    t.is(error.cause, thrown);
  }
});

test.serial("a toJSON is called once", async (t) => {
  const { inline, table, sent } = await open(t);
  for (const call of [
    (value) => inline.emit("e", value),
    (value) => table.emit("e", value),
    (value) => inline.emit("e", value, Buffer.from("b")),
  ]) {
    let calls = 0;
    const value = {
      get n() {
        return 7;
      },
      inner: { toJSON: () => `call ${++calls}` },
    };
    const [got] = await argsOf(pool, await sent(call(value)));
    t.is(JSON.stringify(got), '{"n":7,"inner":"call 1"}');
  }
});

test.serial("lone surrogates never fail a message", async (t) => {
  const { inline, table, sent } = await open(t);
  const odd = ["a\ud800b", "\udc00", { "k\ud83d": `${"é".repeat(300)}\ud800` }];
  t.deepEqual(await argsOf(pool, await sent(inline.emit("e", ...odd))), odd);

  // MessagePack holds UTF-8, which has no lone surrogates: U+FFFD may stand for them.
  const replace = (value) =>
    JSON.parse(JSON.stringify(value).replace(/\\ud[0-9a-f]{3}/g, "\ufffd"));
  for (const promise of [
    table.to("r\ud800").emit("e", ...odd),
    inline.to("r\ud800").emit("e", ...odd, Buffer.from("b")),
  ]) {
    const got = (await argsOf(pool, await sent(promise))).slice(0, odd.length);
    t.deepEqual(replace(got), replace(odd));
  }
});

test.serial("__proto__ as a key crashes nothing", async (t) => {
  const { inline, table, sent } = await open(t);
  const value = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}');
  t.is(text(await sent(inline.emit("e", value))), broadcastText(["e", value]));

  // The adapters' decoder refuses this key, so whether the message is sent is not at stake here.
  await Promise.allSettled([
    table.emit("e", value),
    inline.emit("e", value, Buffer.from("b")),
    inline.emit("e", { bytes: Buffer.from("b"), deep: [value] }),
  ]);
  t.is({}.polluted, undefined);
  await t.notThrowsAsync(inline.emit("e", "still works"));
});

test("raw JSON is what it says, beside bytes and long texts, too", async (t) => {
  // Node.js 20 has it behind a flag.
  const flags = JSON.rawJSON ? [] : ["--harmony-json-parse-with-source"];
  const program = `
    import { createRequire } from "node:module";
    import { Emitter } from "./index.js";
    const { decode } = createRequire(import.meta.url)("@msgpack/msgpack");
    const io = Emitter.using(async () => {});
    BigInt.prototype.toJSON = function () {
      return JSON.rawJSON(String(this));
    };
    const raw = [12345678901234567890n, ...[String.raw\`"\\u0000b0"\`, "true"].map(JSON.rawJSON)];
    const show = (...args) => {
      const [first, payload] = io.statement("emit", "e", raw, ...args).values;
      const isInline = typeof first === "string";
      const shown = isInline ? payload : JSON.stringify(decode(first).data.packet.data);
      console.log(/"e",(\\[.*?\\])/.exec(shown)[1]);
    };
    show();
    show({ toJSON: () => "\\0" });
    show(Buffer.alloc(1));
    show("x".repeat(9_000));`;
  const { stdout, stderr } = await run(program, { flags });
  t.is(stderr, "");
  const inline = '[12345678901234567890,"\\u0000b0",true]';
  // What JSON.parse makes of the number.
  const decoded = '[12345678901234567000,"\\u0000b0",true]';
  t.deepEqual(stdout.split("\n"), [inline, inline, decoded, decoded, ""]);
});
