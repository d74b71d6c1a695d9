// Bytes stay bytes; what cannot be sent is refused before anything is.

import test from "ava";
import { attachmentTableSql, EmitterError } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { BYTES } from "./support/values.mjs";
import { argsOf, broadcastText, isHeader, listenFor, messageOf, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

async function open(t, options) {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const emitter = emitterFor(t, database, "/", options);
  const listener = await listenFor(t, database);
  const received = async (promise) => {
    await promise;
    const [notification] = await listener.next();
    t.true(isHeader(notification));
    return argsOf(pool, notification);
  };
  return { database, pool, emitter, listener, received };
}

function same(t, actual, expected, what) {
  t.true(actual instanceof Uint8Array, `${what}: ${Object.prototype.toString.call(actual)}`);
  t.is(Buffer.compare(actual, expected), 0, what);
}

test("every kind of bytes, at any depth", async (t) => {
  const { emitter, pool, listener, received } = await open(t);
  for (const [name, [make, expected]] of Object.entries(BYTES)) {
    const deep = { a: [{ b: { c: make() } }, null, make()], d: 1 };
    const [top, object, last] = await received(emitter.emit("e", make(), deep, "last"));
    same(t, top, expected, name);
    same(t, object.a[0].b.c, expected, `${name} in an object`);
    same(t, object.a[2], expected, `${name} in an array`);
    t.is(object.a[1], null);
    t.is(object.d, 1);
    t.is(last, "last");
  }
  await emitter.serverSideEmit("e", { b: Buffer.from("server") });
  const [notification] = await listener.next();
  same(t, (await messageOf(pool, notification)).data.packet[1].b, Buffer.from("server"), "server");
});

test("bytes from another realm", async (t) => {
  const { emitter, received } = await open(t);
  const { runInNewContext } = await import("node:vm");
  const make = "[new Uint8Array([1, 2, 3]), new Uint8Array([4, 5]).buffer]";
  const [[view, buffer]] = await received(emitter.emit("e", runInNewContext(make)));
  same(t, view, Uint8Array.of(1, 2, 3), "view");
  same(t, buffer, Uint8Array.of(4, 5), "buffer");
});

test("a toJSON may return bytes, or objects with bytes", async (t) => {
  const { emitter, received } = await open(t);
  const bytes = () => Buffer.from("from toJSON");
  const [top, object] = await received(
    emitter.emit(
      "e",
      { toJSON: bytes },
      { a: { toJSON: () => ({ b: [bytes(), { toJSON: () => new Uint8Array(bytes()).buffer }] }) } },
    ),
  );
  same(t, top, bytes(), "top");
  same(t, object.a.b[0], bytes(), "nested");
  same(t, object.a.b[1], bytes(), "a toJSON in what a toJSON returned");
});

test("a toJSON on Buffer itself or on one buffer changes nothing", async (t) => {
  const { emitter, received } = await open(t);
  const bytes = Object.assign(Buffer.from("own"), { toJSON: () => "not bytes" });
  same(t, (await received(emitter.emit("e", bytes)))[0], Buffer.from("own"), "own toJSON");
});

test("bytes that JSON leaves out are left out", async (t) => {
  const { emitter, listener } = await open(t);
  const hidden = Object.defineProperty({ a: 1 }, "bytes", { value: Buffer.from("b") });
  const map = new Map([["b", Buffer.from("b")]]);
  await emitter.emit("e", hidden, map, { [Symbol("s")]: Buffer.from("b") });
  const [notification] = await listener.next();
  t.is(text(notification), broadcastText(["e", { a: 1 }, {}, {}]));
});

test("values that look like stand-ins for bytes, beside bytes", async (t) => {
  const { emitter, received } = await open(t);
  const odd = [
    { _placeholder: true, num: 0 },
    { type: "Buffer", data: [1, 2] },
    ["\0", "\0\0", "\0b0", "__bytes_0__", "$0", "\ue000", "\ufdd0"],
    { "\0": 1, "\0\0": 0 },
    null,
  ];
  const one = Buffer.from("one");
  const got = await received(emitter.emit("e", ...odd, one, ...odd, one, { one, odd }));
  t.deepEqual(got.slice(0, 5), odd);
  same(t, got[5], one, "between");
  t.deepEqual(got.slice(6, 11), odd);
  same(t, got[11], one, "again");
  same(t, got[12].one, one, "in an object");
  t.deepEqual(got[12].odd, odd);
});

test("changing a value after the call changes nothing", async (t) => {
  const { emitter, received } = await open(t);
  const bytes = Buffer.from([1, 2, 3]);
  const large = Buffer.alloc(1_000_000, 7);
  const object = { list: [1], bytes };
  const promise = emitter.emit("e", object, bytes.buffer.slice(0, 0), large);
  bytes.fill(9);
  large.fill(0);
  object.list.push(2);
  object.bytes = null;
  const [got, , gotLarge] = await received(promise);
  same(t, got.bytes, Buffer.from([1, 2, 3]), "bytes");
  t.deepEqual(got.list, [1]);
  same(t, gotLarge, Buffer.alloc(1_000_000, 7), "large");
});

function cycle() {
  const object = { a: [] };
  object.a.push({ object });
  return object;
}

const throwing = () => {
  throw new Error("thrown by the value");
};

const refused = {
  BigInt: () => 1n,
  "a BigInt inside": () => ({ a: [1n] }),
  "a boxed BigInt": () => Object(1n),
  "a BigInt from a toJSON": () => ({ toJSON: () => 1n }),
  "a cycle": cycle,
  "a cycle through an array": () => {
    const array = [];
    array.push(array);
    return array;
  },
  Blob: () => new Blob(["x"]),
  "a Blob inside": () => ({ a: [new Blob(["x"])] }),
  "a Blob from a toJSON": () => ({ toJSON: () => new Blob(["x"]) }),
  "a getter that throws": () => Object.defineProperty({}, "a", { enumerable: true, get: throwing }),
  "a toJSON that throws": () => ({ toJSON: throwing }),
  "a proxy that throws": () => new Proxy({}, { get: throwing, ownKeys: throwing }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

test("what cannot be sent is refused, and nothing is sent", async (t) => {
  const { emitter, listener, pool } = await open(t, { errorHandler: () => {} });
  const expected = { instanceOf: EmitterError, code: "ERR_NOT_SERIALIZABLE" };
  for (const [name, make] of Object.entries(refused)) {
    const calls = [
      () => emitter.emit("e", make()),
      () => emitter.to("r").emit("e", Buffer.from("b"), make(), Buffer.from("b")),
      () => emitter.serverSideEmit("e", make(), 1),
    ];
    for (const call of calls) {
      let promise;
      t.notThrows(() => {
        promise = call();
      }, name);
      await t.throwsAsync(promise, expected, name);
    }
  }
  await emitter.emit("fence");
  const [notification] = await listener.next();
  t.is(text(notification), broadcastText(["fence"]));
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM socket_io_attachments");
  t.is(rows[0].n, 0);
});
