// Order is kept, and an attachment and its header come together or not at all.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { argsOf, broadcastText, isHeader, listenFor, rowOf, text } from "./support/wire.mjs";

const postgres = usePostgres(test);

const rowCount = async (pool) =>
  (await pool.query("SELECT count(*)::int AS n FROM socket_io_attachments")).rows[0].n;

test("5,000 messages in the order of their calls, whatever they are", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 4 });
  const emitter = emitterFor(t, database);
  const sources = [emitter, emitter.of("/admin"), emitter.to("room")];
  const listener = await listenFor(t, database, ["socket.io#/", "socket.io#/admin"]);
  const extra = (index) => {
    if (index % 50 === 0) {
      return [Buffer.alloc(index)];
    }
    return index % 77 === 0 ? ["x".repeat(9_000)] : [];
  };
  const calls = [];
  const settled = [];
  for (let index = 0; index < 5_000; index++) {
    const call = sources[index % 3].emit("e", index, ...extra(index));
    calls.push(call.then(() => settled.push(index)));
  }
  await Promise.all(calls);
  const notifications = await listener.next(5_000);
  const order = [];
  for (const [index, notification] of notifications.entries()) {
    t.is(isHeader(notification), extra(index).length > 0);
    order.push((await argsOf(pool, notification))[0]);
  }
  const expected = Array.from({ length: 5_000 }, (_, index) => index);
  t.deepEqual(order, expected);
  t.deepEqual(settled, expected);
});

test("ensureTable keeps its place before what needs the table, and not what came before it", async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  await emitter.connect();
  for (let round = 0; round < 100; round++) {
    const outcomes = await Promise.allSettled([
      emitter.emit("e", Buffer.alloc(9)),
      emitter.ensureTable(),
      emitter.emit("e", Buffer.alloc(9)),
    ]);
    const codes = outcomes.map(({ reason }) => reason?.code);
    t.deepEqual(codes, ["42P01", undefined, undefined], `round ${round}`);
    await pool.query("DROP TABLE socket_io_attachments");
  }
});

test("order is kept across calls in different ticks", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const emitter = emitterFor(t, database);
  const listener = await listenFor(t, database);
  const calls = [];
  for (let index = 0; index < 500; index++) {
    calls.push(index % 9 ? emitter.emit("e", index) : emitter.emit("e", index, Buffer.alloc(9)));
    if (index % 7 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await Promise.all(calls);
  for (const [index, notification] of (await listener.next(500)).entries()) {
    t.is((await argsOf(pool, notification))[0], index);
  }
});

test("the row is there as soon as its header is", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const emitter = emitterFor(t, database);
  const listener = await listenFor(t, database);
  for (let round = 0; round < 50; round++) {
    const call = emitter.emit("e", Buffer.from([round]));
    const [header] = await listener.next();
    t.truthy(await rowOf(pool, header), `round ${round}`);
    await call;
  }
});

test("when the row cannot be written there is no header", async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};
    ALTER TABLE socket_io_attachments ADD CHECK (octet_length(payload) < 1000);`);
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  const listener = await listenFor(t, database);
  const failing = [
    emitter.emit("e", Buffer.alloc(2_000)),
    emitter.emit("e", Buffer.alloc(3_000)),
    emitter.socketsJoin("x".repeat(9_000)),
  ];
  for (const call of failing) {
    await t.throwsAsync(call, { code: "23514" });
  }
  await emitter.emit("fence");
  t.is(text((await listener.next())[0]), broadcastText(["fence"]));
});

test("a row that fails only at commit leaves no header", async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'refused at commit' USING ERRCODE = 'ZZ001';
    END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON socket_io_attachments
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();`);
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  const listener = await listenFor(t, database);
  await t.throwsAsync(emitter.emit("e", Buffer.alloc(10)), { code: "ZZ001" });
  await emitter.emit("fence");
  t.is(text((await listener.next())[0]), broadcastText(["fence"]));
  t.is(await rowCount(database.pool({ max: 1 })), 0);
});

test("when the header cannot be sent there is no row", async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};
    CREATE ROLE mute LOGIN PASSWORD 'mute';
    GRANT ALL ON socket_io_attachments, socket_io_attachments_id_seq TO mute;
    REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC;`);
  const { host, port, database: name } = database.config;
  const target = `postgres://mute:mute@${host}:${port}/${name}`;
  const emitter = emitterFor(t, target, "/", { errorHandler: () => {} });
  const pool = database.pool({ max: 1 });
  await t.throwsAsync(emitter.emit("e"), { code: "42501" });
  await t.throwsAsync(emitter.emit("e", Buffer.alloc(10)), { code: "42501" });
  await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => emitter.emit("e", Buffer.alloc(index))),
  );
  t.is(await rowCount(pool), 0);
  await pool.query("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO mute");
  await emitter.emit("e", Buffer.alloc(10));
  t.is(await rowCount(pool), 1);
});

test("a promise resolves only once its row is committed", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const emitter = emitterFor(t, database);
  for (let round = 1; round <= 20; round++) {
    await emitter.emit("e", Buffer.alloc(round));
    t.is(await rowCount(pool), round);
  }
});
