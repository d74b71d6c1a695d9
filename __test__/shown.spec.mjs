// What `console.log` shows of emitters, and what a comparison makes of two.

import { AssertionError, deepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import test from "ava";
import { Emitter } from "../index.js";
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
