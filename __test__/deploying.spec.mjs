// docs/deploying.md: its SQL, run as it stands, with roles that have nothing but what it grants.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import { inbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { blocksFor } from "./support/documents/blocks.mjs";
import { emitterFor } from "./support/emitters.mjs";

const [createTable, grants, setUnlogged] = blocksFor("deploying.spec.mjs").map(({ code }) => code);
const PASSWORD = "least";

const postgres = usePostgres(test, {
  async setUp({ server }) {
    const pool = server.pool({ max: 1 });
    for (const role of ["emitter", "servers"]) {
      await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    }
    await pool.end();
  },
});

/** A database with the table and the grants, and how the roles reach it. */
async function deployed(...more) {
  const database = await postgres.database([createTable, grants, ...more].join(";\n"));
  const as = (user) => connectionStringOf({ ...database.config, user, password: PASSWORD });
  return { database, as };
}

/** Short, long and binary: what an emitter sends, to a server's client. */
async function deliversAll(t, { as }) {
  const cluster = await startCluster({
    connectionString: as("servers"),
    servers: 1,
    createTable: false,
  });
  t.teardown(() => cluster.close());
  const client = inbox(await cluster.connect(0));
  const io = emitterFor(t, as("emitter"));
  const long = "long ".repeat(4_000);
  await io.emit("short", 1);
  await io.emit("long", long);
  await io.emit("bytes", Buffer.from([1, 2, 3]));
  t.deepEqual(await client.until("short"), ["short", 1]);
  t.deepEqual(await client.until("long"), ["long", long]);
  t.deepEqual(await client.until("bytes"), ["bytes", Buffer.from([1, 2, 3])]);
  t.deepEqual(cluster.errors, []);
}

test("the table is that of attachmentTableSql()", (t) => {
  const plain = (sql) => sql.replaceAll(/["\s;]+/g, " ").trim();
  t.is(plain(createTable), plain(attachmentTableSql()));
});

test("with the grants, an emitter sends all, and a server delivers it", async (t) => {
  await deliversAll(t, await deployed());
});

test("ensureTable() of a role that may not create the table is fine when it is there", async (t) => {
  const { as } = await deployed();
  await t.notThrowsAsync(emitterFor(t, as("emitter")).ensureTable());
});

test("the emitter's role cannot read what others sent, nor delete it", async (t) => {
  const { database, as } = await deployed();
  const pool = database.pool({
    connectionString: as("emitter"),
    user: "emitter",
    password: PASSWORD,
  });
  for (const sql of [
    "SELECT payload FROM socket_io_attachments",
    "DELETE FROM socket_io_attachments",
    "INSERT INTO socket_io_attachments (id, payload) VALUES (1, '')",
  ]) {
    await t.throwsAsync(pool.query(sql), { code: "42501" }, sql);
  }
});

for (const missing of [
  "REVOKE INSERT (payload) ON socket_io_attachments FROM emitter",
  "REVOKE SELECT (id) ON socket_io_attachments FROM emitter",
  "REVOKE USAGE ON SEQUENCE socket_io_attachments_id_seq FROM emitter",
]) {
  test(`each grant is needed: ${missing}`, async (t) => {
    const { as } = await deployed(missing);
    const io = emitterFor(t, as("emitter"));
    await t.throwsAsync(io.emit("bytes", Buffer.alloc(1)), { code: "42501" });
    await t.notThrowsAsync(io.emit("short"));
  });
}

test("the servers' grants are enough to clean up", async (t) => {
  const { database, as } = await deployed();
  await emitterFor(t, as("emitter")).emit("bytes", Buffer.alloc(1));
  const pool = database.pool({
    connectionString: as("servers"),
    user: "servers",
    password: PASSWORD,
  });
  const { rowCount } = await pool.query(
    "DELETE FROM socket_io_attachments WHERE created_at < now() + interval '1 minute'",
  );
  t.is(rowCount, 1);
});

test("an unlogged table works the same", async (t) => {
  const target = await deployed(setUnlogged);
  const { rows } = await target.database
    .pool({ max: 1 })
    .query("SELECT relpersistence FROM pg_class WHERE relname = 'socket_io_attachments'");
  t.is(rows[0].relpersistence, "u");
  await deliversAll(t, target);
});
