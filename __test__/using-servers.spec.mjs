// Messages inside the caller's own transaction, as servers and clients see them.

import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { run } from "./support/child.mjs";
import { fence, inbox } from "./support/clients.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const BYTES = Buffer.from("abc");

const postgres = usePostgres(test);

async function open(t, adapterOptions) {
  const database = await postgres.database(attachmentTableSql());
  const cluster = await startCluster({ server: database, adapterOptions });
  t.teardown(() => cluster.close());
  const pool = database.pool();
  const client = await pool.connect();
  t.teardown(() => client.release());
  const clients = await Promise.all([
    cluster.connect(0, "/", { rooms: ["a"] }),
    cluster.connect(1),
  ]);
  const io = emitterFor(t, database);
  return { pool, client, io, inboxes: clients.map((socket) => inbox(socket)), cluster };
}

test("clients hear of what was committed, and of nothing else", async (t) => {
  const { client, io, inboxes } = await open(t);
  for (const [name, end] of [
    ["kept", "COMMIT"],
    ["lost", "ROLLBACK"],
  ]) {
    await client.query("BEGIN");
    await io.using(client).emit(`${name} bytes`, BYTES);
    await io.using(client).to("a").emit(name);
    await io.using(client).to("a").emit(name);
    await client.query("SAVEPOINT s");
    await io.using(client).emit("undone");
    await client.query("ROLLBACK TO SAVEPOINT s");
    await client.query(end);
  }
  // A row is read with a query of the server's own, so what follows may overtake it.
  await Promise.all(inboxes.map((box) => box.until("kept bytes")));
  const [inA, other] = await fence(io, inboxes);
  inA.sort(([one], [two]) => one.localeCompare(two));
  t.deepEqual(inA, [["kept"], ["kept"], ["kept bytes", BYTES]]);
  t.deepEqual(other, [["kept bytes", BYTES]]);
});

test("an attachment outlives the cleaning of the servers until its transaction commits", async (t) => {
  const { pool, client, io, inboxes, cluster } = await open(t, { cleanupInterval: 200 });
  const count = async (which, values = []) => {
    const sql = `SELECT count(*)::int AS n FROM socket_io_attachments WHERE ${which}`;
    return (await pool.query(sql, values)).rows[0].n;
  };
  const control = Buffer.from("control");
  const insert = "INSERT INTO socket_io_attachments (payload) VALUES ($1)";
  await client.query("BEGIN");
  await client.query("SELECT 1");
  // In a transaction of its own, and younger: when it is deleted, so is what is as old as ours.
  await pool.query(insert, [control]);
  await eventually(async () => (await count("payload = $1", [control])) === 0, "a cleaning");
  // Two rows written now, long after the transaction began: one as an emitter in autocommit would.
  await client.query(insert, [control]);
  await io.using(client).emit("late", BYTES);
  await Emitter.using(client, "/", { attachmentTtlMillis: 0 }).to("nobody").emit("brief", BYTES);
  await client.query("COMMIT");
  t.deepEqual(await Promise.all(inboxes.map((box) => box.until("late"))), [
    ["late", BYTES],
    ["late", BYTES],
  ]);
  const old = "created_at < now() + interval '1 minute'";
  await eventually(async () => (await count(old)) === 0, "the cleaning of both others");
  t.is(await count("created_at > now() + interval '59 minutes'"), 1);
  t.is(await count("true"), 1);
  t.deepEqual(cluster.errors, []);
});

test("a failure that is not awaited does not end the process", async (t) => {
  const { code, stdout, stderr } = await run(`
    import { Emitter } from "./index.js";
    const io = Emitter.using(async () => { throw new Error("refused"); });
    io.emit("e");
    io.to("a").socketsJoin(1);
    io.emit("connect");
    io.ensureTable();
    io.close();
    io.flush();
    Emitter.using(() => { throw undefined; }).emit("e");
    setImmediate(() => console.log("goes on"));
  `);
  t.deepEqual([code, stdout, stderr], [0, "goes on\n", ""]);
});
