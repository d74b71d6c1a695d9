// A database whose encoding is not UTF-8.

import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { NEWEST_OF_EACH_KIND } from "../tools/adapters.mjs";
import { startCluster } from "../tools/cluster.mjs";
import { listen } from "../tools/listener.mjs";
import { fence, inbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { outcome } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";

const postgres = usePostgres(test);
let count = 0;

/** A database in LATIN1. */
async function latin1() {
  const name = `latin1_${++count}`;
  const { server } = postgres;
  await server
    .pool({ max: 1 })
    .query(`CREATE DATABASE ${name} ENCODING LATIN1 LOCALE 'C' TEMPLATE template0`);
  const database = server.open(name);
  await database.pool({ max: 1 }).query(attachmentTableSql());
  return database;
}

const TEXTS = ["ascii", "é is in LATIN1", "漢 and 😀 are not", "\u0000\u007f\u0080\u2028\ufffd"];

test("LATIN1: every text arrives, in short and long messages and beside bytes", async (t) => {
  const database = await latin1();
  const cluster = await startCluster({ server: database, servers: 1, createTable: false });
  t.teardown(() => cluster.close());
  const box = inbox(await cluster.connect(0, "/", { rooms: ["漢"] }));
  const emitter = new Emitter(database.connectionString);
  t.teardown(() => emitter.close());
  const long = TEXTS.join("").repeat(300);
  const bytes = Buffer.from([0, 128, 255]);
  const sent = [
    ...TEXTS.map((text) => ["短い", text, { [text]: [text] }]),
    ["long", long],
    ["bytes", TEXTS, bytes],
  ];
  for (const event of sent) await emitter.to("漢").emit(...event);
  await Promise.all([box.until("long"), box.until("bytes")]);
  const [received] = await fence(emitter, [box]);
  const text = (event) => JSON.stringify(event);
  t.deepEqual(received.map(text).sort(), sent.map(text).sort());
  t.deepEqual(cluster.errors, []);
});

for (const adapter of NEWEST_OF_EACH_KIND) {
  test(`LATIN1, adapter ${adapter}: the outbox, and a name whose length the encoding says`, async (t) => {
    const database = await latin1();
    // In UTF-8 it has more than 63 bytes, and LISTEN keeps all of it.
    const nsp = `/${"é".repeat(40)}`;
    const cluster = await startCluster({
      server: database,
      adapter,
      servers: 1,
      namespaces: ["/", nsp],
      createTable: false,
    });
    t.teardown(() => cluster.close());
    const boxes = [inbox(await cluster.connect(0)), inbox(await cluster.connect(0, nsp))];
    const emitter = new Emitter(database.connectionString);
    t.teardown(() => emitter.close());
    await emitter.ensureOutbox();
    await emitter.ensureFunctions();
    const relay = relayFor(t, emitter);
    const pool = database.pool({ max: 1 });
    const long = TEXTS.join("").repeat(300);
    const bytes = Buffer.from([0, 128, 255]);
    for (const io of [emitter, emitter.outbox(pool), emitter.outbox()]) {
      for (const to of [io, io.of(nsp)]) {
        for (const text of TEXTS) await to.emit("text", text, { [text]: [text] });
        await to.emit("long", long);
        await to.emit("bytes", TEXTS, bytes);
      }
      await relay.drain();
      for (const [index, box] of boxes.entries()) {
        await Promise.all([box.until("long"), box.until("bytes")]);
        const [events] = await fence(emitter.of(index ? nsp : "/"), [box]);
        const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));
        t.deepEqual(events.sort(byName), [
          ["bytes", TEXTS, bytes],
          ["long", long],
          ...TEXTS.map((text) => ["text", text, { [text]: [text] }]),
        ]);
      }
    }
    // Of what the encoding has not, there is none in jsonb.
    const latin = "é".repeat(9_000);
    const place = '[{"_placeholder": true, "num": 0}]';
    await pool.query("SELECT socket_io_emit('sql', jsonb_build_array($1::text), nsp => $2)", [
      latin,
      nsp,
    ]);
    await pool.query("SELECT socket_io_emit('bytes', $1, nsp => $2, bytes => ARRAY[$3::bytea])", [
      place,
      nsp,
      bytes,
    ]);
    await relay.drain();
    t.deepEqual(await boxes[1].until("sql"), ["sql", latin]);
    t.deepEqual(await boxes[1].until("bytes"), ["bytes", bytes]);
    t.deepEqual(cluster.errors, []);
    t.like(await relay.stats(), { waiting: 0, failed: 0 });
    for (const [index, { socket }] of boxes.entries()) {
      const [found] = await emitter.of(index ? nsp : "/").fetchSockets();
      t.is(found.id, socket.id);
    }
  });
}

test("LATIN1: a name is cut as LISTEN cuts it, each way a message goes", async (t) => {
  const database = await latin1();
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  const heard = [];
  client.on("notification", ({ payload }) => heard.push(JSON.parse(payload).nsp));
  const emitter = new Emitter(database.connectionString);
  t.teardown(() => emitter.close());
  await emitter.ensureOutbox();
  const relay = relayFor(t, emitter);
  const expected = [];
  for (const nsp of [`/${"é".repeat(51)}`, `/${"é".repeat(52)}x`, `/ab${"né".repeat(60)}`]) {
    await client.query(`LISTEN "socket.io#${nsp}"`);
    for (const io of [emitter, emitter.using(client), emitter.outbox(client), emitter.outbox()]) {
      await io.of(nsp).emit("e");
      expected.push(nsp);
    }
    await relay.drain();
  }
  await client.query("SELECT 1");
  t.deepEqual(heard.sort(), expected.sort());
});

test("LATIN1: what goes over the wire is ASCII, and shorter than NOTIFY's limit", async (t) => {
  const database = await latin1();
  const listener = await listen(database.config, "socket.io#/");
  t.teardown(() => listener.close());
  const emitter = new Emitter(database.connectionString);
  t.teardown(() => emitter.close());
  // Two bytes each in UTF-8 and six in ASCII: around the limit, the one fits where the other does not.
  const lengths = [10, 1_200, 1_290, 1_310, 1_330, 4_000];
  for (const length of lengths) await emitter.emit("e", "é".repeat(length));
  const payloads = (await listener.next(lengths.length)).map(({ payload }) => payload);
  for (const [index, payload] of payloads.entries()) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what ASCII is
    t.regex(payload, /^[\x00-\x7f]{1,7999}$/);
    const { attachmentId, data } = JSON.parse(payload);
    if (!attachmentId) t.is(data.packet.data[1], "é".repeat(lengths[index]));
  }
  const inline = payloads.map((payload) => !payload.includes("attachmentId"));
  t.deepEqual(inline.slice(0, 2), [true, true]);
  t.deepEqual(inline.slice(-2), [false, false]);
});

test("LATIN1: a namespace that the encoding lacks fails alone, whatever is sent beside it", async (t) => {
  const database = await latin1();
  const listener = await listen(database.config, ["socket.io#/", "socket.io#/é"]);
  t.teardown(() => listener.close());
  const errors = [];
  const errorHandler = (error) => errors.push(error.code);
  const emitter = new Emitter(database.connectionString, "/", { errorHandler });
  t.teardown(() => emitter.close());
  await emitter.connect();
  const [latin, chinese] = [emitter.of("/é"), emitter.of("/漢")];
  // In one run of JavaScript, so in few transactions.
  const isBad = (n) => [0, 7, 8, 500, 1_999].includes(n);
  const calls = Array.from({ length: 2_000 }, (_, n) => {
    if (isBad(n)) return n === 500 ? chinese.emit("e", n, Buffer.from("b")) : chinese.emit("e", n);
    return (n % 3 ? emitter : latin).emit("e", n);
  });
  const outcomes = await Promise.all(calls.map(outcome));
  const failed = outcomes.flatMap(({ reason }, n) => (reason ? [[n, reason.code]] : []));
  t.deepEqual(
    failed,
    [0, 7, 8, 500, 1_999].map((n) => [n, "22P05"]),
  );
  t.deepEqual(errors, Array(5).fill("22P05"));
  const arrived = await listener.next(1_995);
  const numbers = arrived.map(({ payload }) => JSON.parse(payload).data.packet.data[1]);
  t.deepEqual(
    numbers,
    Array.from({ length: 2_000 }, (_, n) => n).filter((n) => !isBad(n)),
  );
  // No row is left of the attachment that failed.
  const { rows } = await database.pool({ max: 1 }).query("SELECT FROM socket_io_attachments");
  t.is(rows.length, 0);
  // Good ones shared transactions all the same.
  t.true(emitter.stats().batches < 200);
});
