// The exact text of each call's notification.

import { createRequire } from "node:module";
import test from "ava";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { broadcastText, listenFor, MessageType, message, TYPE, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

/** An emitter on a database of its own, and what it sends there. */
async function open(t, { nsp = "/", options, channels } = {}) {
  const database = await postgres.database();
  const emitter = emitterFor(t, database, nsp, options);
  const listener = await listenFor(t, database, channels);
  const sent = async (promise) => {
    await promise;
    const [notification] = await listener.next();
    return text(notification);
  };
  return { database, emitter, listener, sent };
}

test("the types of message are those of socket.io-adapter, by its names and numbers", (t) => {
  const { messageTypes } = createRequire(import.meta.url)("../binding.js").constants();
  const names = Object.keys(MessageType).filter((name) => !/^\d+$/.test(name));
  t.is(names.length, 13);
  t.deepEqual(
    messageTypes.map(({ name, number }) => [name, number]),
    names.map((name) => [name, MessageType[name]]),
  );
});

test("emit", async (t) => {
  const { emitter, sent } = await open(t);
  t.is(
    await sent(emitter.emit("hello", 1, "two", [3], { four: null })),
    '{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":3,"data":{"packet":{"type":2,"data":["hello",1,"two",[3],{"four":null}],"nsp":"/"},"opts":{"rooms":[],"except":[],"flags":{}}}}',
  );
  t.is(await sent(emitter.emit("bare")), broadcastText(["bare"]));
  t.is(await sent(emitter.emit("")), broadcastText([""]));
  t.is(await emitter.emit("void"), undefined);
});

test("rooms: every mix of strings, numbers and arrays; numbers stay numbers; no repeats", async (t) => {
  const { emitter, sent } = await open(t);
  const check = async (operator, options) =>
    t.is(await sent(operator.emit("e")), broadcastText(["e"], options));

  await check(emitter.to("a"), { rooms: ["a"] });
  await check(emitter.to(42, "42"), { rooms: [42, "42"] });
  await check(emitter.to("a", ["b", 1], 2.5, [-3]), { rooms: ["a", "b", 1, 2.5, -3] });
  await check(emitter.to("a", "a", ["a", 1], 1).in("a", "b"), { rooms: ["a", 1, "b"] });
  await check(emitter.in("a"), { rooms: ["a"] });
  await check(emitter.except("a", ["a", 7]).except("b", 7), { except: ["a", 7, "b"] });
  await check(emitter.to("a").except("b").in("c"), { rooms: ["a", "c"], except: ["b"] });
  await check(emitter.to(""), { rooms: [""] });
});

test("operators are immutable, and take nothing from an array changed later", async (t) => {
  const { emitter, sent } = await open(t);
  const rooms = ["a"];
  const base = emitter.to(rooms);
  base.to("b").except("c").volatile.compress(false);
  base.except("d");
  rooms.push("later");
  t.is(await sent(base.emit("e")), broadcastText(["e"], { rooms: ["a"] }));
  t.is(await sent(emitter.emit("e")), broadcastText(["e"]));
});

test("flags are there only when set", async (t) => {
  const { emitter, sent } = await open(t);
  const check = async (operator, flags) =>
    t.deepEqual(JSON.parse(await sent(operator.emit("e"))).data.opts, {
      rooms: [],
      except: [],
      flags,
    });
  await check(emitter.volatile, { volatile: true });
  await check(emitter.compress(true), { compress: true });
  await check(emitter.compress(false), { compress: false });
  await check(emitter.volatile.compress(false), { volatile: true, compress: false });
  await check(emitter.compress(false).compress(true), { compress: true });
  await check(emitter.except([]), {});
});

test("socketsJoin, socketsLeave, disconnectSockets", async (t) => {
  const { emitter, sent } = await open(t);
  const none = { rooms: [], except: [] };
  const some = { rooms: ["a", 1], except: ["b"] };
  const target = emitter.to("a", 1).except("b");
  const text = (type, data) => JSON.stringify(message(type, data));

  t.is(
    await sent(emitter.socketsJoin("x")),
    '{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":4,"data":{"opts":{"rooms":[],"except":[]},"rooms":["x"]}}',
  );
  const mixed = ["x", 5, "y"];
  t.is(
    await sent(target.socketsJoin("x", [5, "y"])),
    text(TYPE.JOIN, { opts: some, rooms: mixed }),
  );
  t.is(await sent(emitter.socketsLeave(5)), text(TYPE.LEAVE, { opts: none, rooms: [5] }));
  t.is(
    await sent(target.socketsLeave(["x", 5], "y")),
    text(TYPE.LEAVE, { opts: some, rooms: mixed }),
  );
  t.is(
    await sent(emitter.disconnectSockets()),
    text(TYPE.DISCONNECT, { opts: none, close: false }),
  );
  t.is(
    await sent(target.disconnectSockets(true)),
    text(TYPE.DISCONNECT, { opts: some, close: true }),
  );
});

test("serverSideEmit", async (t) => {
  const { emitter, sent } = await open(t);
  t.is(
    await sent(emitter.serverSideEmit("hi", 1, { a: [] })),
    '{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":9,"data":{"packet":["hi",1,{"a":[]}]}}',
  );
  // Reserved for clients only: a server has no such event of its own.
  t.is(
    await sent(emitter.serverSideEmit("disconnect")),
    JSON.stringify(message(TYPE.SERVER_SIDE_EMIT, { packet: ["disconnect"] })),
  );
  // Types of broadcasts only.
  t.is(await sent(emitter.emit("connection")), broadcastText(["connection"]));
});

test("another namespace and another prefix", async (t) => {
  const options = { channelPrefix: "my app" };
  const channels = ["my app#/", "my app#/admin"];
  const { emitter, listener } = await open(t, { options, channels });
  const admin = emitter.of("admin");
  await emitter.emit("e");
  await admin.to("a").emit("e");
  await admin.socketsJoin("x");
  const [first, second, third] = await listener.next(3);
  t.is(first.channel, "my app#/");
  t.is(text(first), broadcastText(["e"]));
  t.is(second.channel, "my app#/admin");
  t.is(text(second), broadcastText(["e"], { nsp: "/admin", rooms: ["a"] }));
  t.is(
    text(third),
    JSON.stringify(message(TYPE.JOIN, { opts: { rooms: [], except: [] }, rooms: ["x"] }, "/admin")),
  );
});

test("identical messages sent at once all arrive", async (t) => {
  const { emitter, listener } = await open(t);
  await Promise.all(Array.from({ length: 200 }, () => emitter.emit("same")));
  const received = await listener.next(200);
  t.deepEqual([...new Set(received.map(text))], [broadcastText(["same"])]);
});

for (const [bytes, count] of [
  [7_999, 20],
  [7_990, 40],
]) {
  test(`identical messages of ${bytes} bytes, with no room left below NOTIFY's limit`, async (t) => {
    // There is no table here: none of them may need one.
    const { emitter, listener } = await open(t);
    const long = "x".repeat(bytes - broadcastText(["e", ""]).length);
    await Promise.all(Array.from({ length: count }, () => emitter.emit("e", long)));
    const received = await listener.next(count);
    t.true(received.every((notification) => text(notification) === broadcastText(["e", long])));
  });
}

const longNamespaces = {
  ascii: `/${"n".repeat(80)}`,
  "two bytes, cut on a boundary": `/${"é".repeat(40)}`,
  "two bytes, cut inside": `/a${"é".repeat(40)}`,
  "three bytes": `/ab${"漢".repeat(30)}`,
  "four bytes": `/a${"😀".repeat(20)}`,
  "exactly 63": `/${"n".repeat(52)}`,
  "exactly 64": `/${"n".repeat(53)}`,
};

for (const [name, nsp] of Object.entries(longNamespaces)) {
  test(`a long namespace reaches who listens on its name: ${name}`, async (t) => {
    // LISTEN cuts the name itself, as it does for a server.
    const { emitter, sent } = await open(t, { nsp, channels: `socket.io#${nsp}` });
    t.is(emitter.nsp, nsp);
    t.is(await sent(emitter.emit("e")), broadcastText(["e"], { nsp }));
  });
}

const oddTexts = {
  "U+0000": "a\0b",
  control: "\u0001\t\n\r\u001f\u007f",
  quotes: `"'\\$1 $$ --`,
  separators: "\u2028\u2029",
  astral: "😀𐀀\u{10ffff}",
  "lone surrogates": "\ud800 \udfff\ud83d",
  "a whole escape": "\\u0000 \\ud800",
};

for (const [name, odd] of Object.entries(oddTexts)) {
  test(`rooms, events and values of any character: ${name}`, async (t) => {
    const { emitter, sent } = await open(t);
    t.is(
      await sent(
        emitter
          .to(odd)
          .except(odd)
          .emit(odd, odd, { [odd]: odd }),
      ),
      broadcastText([odd, odd, { [odd]: odd }], { rooms: [odd], except: [odd] }),
    );
    t.is(
      await sent(emitter.socketsLeave(odd)),
      JSON.stringify(message(TYPE.LEAVE, { opts: { rooms: [], except: [] }, rooms: [odd] })),
    );
    t.is(
      await sent(emitter.serverSideEmit(odd, odd)),
      JSON.stringify(message(TYPE.SERVER_SIDE_EMIT, { packet: [odd, odd] })),
    );
  });
}

test("namespaces with odd characters", async (t) => {
  const { emitter } = await open(t);
  const database = await postgres.database();
  for (const nsp of [`/"'\\`, "/a b;--", "/ü/x?y=1#z", "/$1"]) {
    const listener = await listenFor(t, database, `socket.io#${nsp}`);
    await emitterFor(t, database, nsp).emit("e");
    const [notification] = await listener.next();
    t.is(text(notification), broadcastText(["e"], { nsp }), nsp);
  }
  t.throws(() => emitter.of("/a\0"), { code: "ERR_INVALID_ARG_VALUE" });
});
