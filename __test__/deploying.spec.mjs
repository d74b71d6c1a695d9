// docs/deploying.md: its SQL, run as it stands, with roles that have nothing but what it grants.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import { inbox } from "./support/clients.mjs";
import { createRoles, eventually, usePostgres } from "./support/database.mjs";
import { blocksFor } from "./support/documents/blocks.mjs";
import { emitterFor } from "./support/emitters.mjs";

const [createTable, grants, setUnlogged] = blocksFor("deploying.spec.mjs").map(({ code }) => code);
const PASSWORD = "least";

const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, PASSWORD, "emitter", "servers"),
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

/** Two servers of the role, and a client of the second. */
async function serving(t, { as }, adapterOptions = {}) {
  const cluster = await startCluster({
    connectionString: as("servers"),
    servers: 2,
    createTable: false,
    adapterOptions,
  });
  t.teardown(() => cluster.close());
  const client = inbox(await cluster.connect(1));
  const [{ io }] = cluster.servers;
  return { cluster, client, sendBytes: () => io.emit("bytes", Buffer.from([1, 2, 3])) };
}

test("with the grants, servers send each other bytes", async (t) => {
  const { cluster, client, sendBytes } = await serving(t, await deployed());
  sendBytes();
  t.deepEqual(await client.until("bytes"), ["bytes", Buffer.from([1, 2, 3])]);
  t.deepEqual(cluster.errors, []);
});

test("with the grants, servers delete old rows", async (t) => {
  const target = await deployed();
  await emitterFor(t, target.as("emitter")).emit("bytes", Buffer.alloc(1));
  const { cluster } = await serving(t, target, { cleanupInterval: 100 });
  const pool = target.database.pool({ max: 1 });
  await eventually(async () => {
    const { rowCount } = await pool.query("SELECT FROM socket_io_attachments");
    return rowCount === 0;
  }, "the row is deleted");
  t.deepEqual(cluster.errors, []);
});

/** The first query of a server that is refused: some of these the adapter does not report. */
const firstFailureOf = ({ servers }) =>
  Promise.race(
    servers.map(
      ({ pool }) =>
        new Promise((resolve) => {
          const { query } = pool;
          pool.query = (...args) => {
            const result = query.apply(pool, args);
            result.catch(resolve);
            return result;
          };
        }),
    ),
  );

for (const [missing, refused] of [
  ["REVOKE INSERT ON socket_io_attachments FROM servers", "table"],
  ["REVOKE SELECT ON socket_io_attachments FROM servers", "table"],
  ["REVOKE DELETE ON socket_io_attachments FROM servers", "table"],
  ["REVOKE USAGE ON SEQUENCE socket_io_attachments_id_seq FROM servers", "sequence"],
]) {
  test(`each grant of the servers is needed: ${missing}`, async (t) => {
    const { cluster, sendBytes } = await serving(t, await deployed(missing), {
      cleanupInterval: 100,
    });
    const failure = firstFailureOf(cluster);
    sendBytes();
    const { code, message } = await failure;
    t.is(code, "42501");
    t.true(message.startsWith(`permission denied for ${refused} socket_io_attachments`), message);
  });
}

test("an unlogged table works the same", async (t) => {
  const target = await deployed(setUnlogged);
  const { rows } = await target.database
    .pool({ max: 1 })
    .query("SELECT relpersistence FROM pg_class WHERE relname = 'socket_io_attachments'");
  t.is(rows[0].relpersistence, "u");
  await deliversAll(t, target);
});
