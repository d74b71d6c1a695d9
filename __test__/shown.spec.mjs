// What `console.log` shows of emitters, and what a comparison makes of two.

import { AssertionError, deepStrictEqual } from "node:assert";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import test from "ava";
import { attachmentTableSql, Emitter, outboxSql } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const postgres = usePostgres(test);
const PASSWORD = "s3cr3t";
const oneLine = (value) => inspect(value, { breakLength: Number.POSITIVE_INFINITY });

for (const [title, connection, where] of [
  [
    "a string",
    `postgres://user:${PASSWORD}@db.example:5433/app?application_name=x`,
    "host: 'db.example:5433', database: 'app'",
  ],
  [
    "an object",
    { host: "::1", user: "user", password: PASSWORD },
    "host: '[::1]:5432', database: 'user'",
  ],
  [
    "several hosts",
    `postgres://user:${PASSWORD}@a,b:5433/app`,
    "host: 'a:5432, b:5433', database: 'app'",
  ],
  [
    "a password function",
    { host: "a", user: "user", password: () => PASSWORD, database: "app" },
    "host: 'a:5432', database: 'app'",
  ],
]) {
  test(`an emitter shows where it sends, and no secret: ${title}`, (t) => {
    const io = new Emitter(connection);
    t.teardown(() => io.close());
    const start = (nsp) => `Emitter { nsp: '${nsp}', channel: 'socket.io#${nsp}', state: 'idle', `;
    t.is(oneLine(io), `${start("/")}${where} }`);
    t.is(oneLine(io.of("admin")), `${start("/admin")}${where} }`);
    t.is(oneLine(io.outbox()), `${start("/")}${where} }`);
    t.is(oneLine([[[io]]]), "[ [ [ [Emitter] ] ] ]");
    for (const showHidden of [false, true]) {
      const all = inspect(io, { depth: Number.POSITIVE_INFINITY, showHidden, getters: true });
      t.false(all.includes(PASSWORD), all);
    }
    t.is(JSON.stringify(io), "{}");
    t.deepEqual(Object.keys(io), []);
  });
}

test("its state is that of the connection", async (t) => {
  const io = emitterFor(t, postgres.server);
  await io.connect();
  t.regex(oneLine(io), /state: 'connected', host: '127\.0\.0\.1:\d+', database: 'postgres' }$/);
  await io.close();
  t.regex(oneLine(io), /state: 'closed'/);
});

test("on an executor there is no place that is known", (t) => {
  const io = Emitter.using({ query: async () => ({ rows: [] }) }, "/a");
  t.is(oneLine(io), "Emitter { nsp: '/a', channel: 'socket.io#/a', state: 'idle' }");
});

test("whom a message is for is shown, too", (t) => {
  const io = emitterFor(t, postgres.server);
  t.is(
    oneLine(io.to("a", 42).except("b").volatile),
    "BroadcastOperator { nsp: '/', rooms: [ 'a', 42 ], except: [ 'b' ], volatile: true }",
  );
});

test("two emitters are not equal, unless their messages go the same way", (t) => {
  const [io, other] = ["postgres://a/a", "postgres://b/b"].map((connectionString) =>
    emitterFor(t, { connectionString }),
  );
  const differ = (one, two) => {
    t.notDeepEqual(one, two);
    t.throws(() => deepStrictEqual(one, two), { instanceOf: AssertionError });
  };
  differ(io, other);
  differ(io, io.of("/admin"));
  differ(io, io.outbox());
  differ(Emitter.using({ query() {} }), Emitter.using({ query() {} }));
  t.deepEqual(io.of("/admin"), io.of("admin"));
  t.deepEqual(io, io.of("/"));
});

test("whom messages are for is compared, too", (t) => {
  const [io, other] = ["a", "b"].map((host) =>
    emitterFor(t, { connectionString: `postgres://${host}/a` }),
  );
  const one = io.to("a", 42).except("b");
  for (const another of [
    other.to("a", 42).except("b"),
    io.of("/admin").to("a", 42).except("b"),
    io.to("a", "42").except("b"),
    io.to("a", 42).except("c"),
    one.volatile,
    one.compress(true),
    one.timeout(1),
  ]) {
    t.notDeepEqual(one, another);
    t.throws(() => deepStrictEqual(one, another), { instanceOf: AssertionError });
  }
  t.deepEqual(one, io.in("a").to(42).except("b"));
});

test("a relay shows its state and its place, and none is equal to another", async (t) => {
  const database = await postgres.database(attachmentTableSql() + outboxSql());
  const io = emitterFor(t, database);
  const [relay, other] = [io.relay(), io.relay()];
  t.teardown(() => Promise.all([relay.close(), other.close()]));
  t.notDeepEqual(relay, other);
  await relay.drain();
  const { host, port, database: name } = database.config;
  const place = `host: '${host}:${port}', database: '${name}'`;
  t.is(oneLine(relay), `Relay { state: '${relay.state}', ${place} }`);
  await relay.close();
  t.is(oneLine(relay), `Relay { state: 'closed', ${place} }`);
});

test("a remote socket shows nothing of its handshake, which may hold cookies", (t) => {
  const { RemoteSocket } = createRequire(import.meta.url)("../lib/remote-socket.js");
  const io = emitterFor(t, postgres.server);
  const handshake = { headers: { cookie: PASSWORD }, auth: { token: PASSWORD } };
  const socket = new RemoteSocket(io, { id: "x", handshake, rooms: ["a"], data: { name: "ann" } });
  t.is(oneLine(socket), "RemoteSocket { id: 'x', rooms: Set(1) { 'a' }, data: { name: 'ann' } }");
  t.is(socket.handshake.auth.token, PASSWORD);
});
