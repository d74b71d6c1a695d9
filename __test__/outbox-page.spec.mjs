// docs/outbox.md: its SQL, run as it stands, by roles that have nothing but what it grants.
//
// Longer than 300 lines: the sections of one page, in their order.

import { once } from "node:events";
import test from "ava";
import { attachmentTableSql, Emitter, emitFunctionsSql, outboxSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import { inbox, serverInbox } from "./support/clients.mjs";
import { createRoles, eventually, usePostgres } from "./support/database.mjs";
import { blocksFor, readDocument } from "./support/documents/blocks.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer } from "./support/pgbouncer.mjs";
import { activeOf, relayFor, relayProcess } from "./support/relays.mjs";

const [calls, bytes, trigger, byHand, grants] = blocksFor("outbox-page.spec.mjs").map(
  ({ code }) => code,
);
const SETUP = attachmentTableSql() + outboxSql() + emitFunctionsSql();
const PASSWORD = "least";
const LONG = "é".repeat(9_000);

const log = [];
const postgres = usePostgres(test, {
  settings: { log_line_prefix: "%p|%e|" },
  log: (text) => log.push(text),
  setUp: ({ server }) => createRoles(server, PASSWORD, "writer", "relay", "clerk"),
});

/** A database with the tables and the functions, and how roles reach it. */
async function open(t, extraSql = "") {
  const database = await postgres.database(SETUP + extraSql);
  const as = (user) => connectionStringOf({ ...database.config, user, password: PASSWORD });
  const clientOf = async (user) => {
    const login = user ? { user, password: PASSWORD } : {};
    const client = await database.pool({ max: 1, ...login }).connect();
    t.teardown(() => client.release());
    return client;
  };
  return { database, as, clientOf };
}

/** The servers of a database, a relay, and clients by their rooms. */
async function serving(t, database, options) {
  const cluster = await startCluster({ server: database, createTable: false, ...options });
  t.teardown(() => cluster.close());
  relayFor(t, emitterFor(t, database));
  const connect = async (index, rooms, nsp) =>
    inbox(await cluster.connect(index, nsp, { rooms }), rooms.join());
  return { cluster, connect };
}

/** All that the clients received until an event of `client`'s own, which reaches all of them. */
async function received(client, inboxes) {
  await client.query("SELECT socket_io_emit('end')");
  await Promise.all(inboxes.map((box) => box.until("end")));
  return inboxes.map((box) => box.take().filter(([event]) => event !== "end"));
}

test("From SQL: each call does what the emitter's does", async (t) => {
  const { database, clientOf } = await open(t);
  const { cluster, connect } = await serving(t, database, { namespaces: ["/", "/admin"] });
  const customer = await connect(0, ["order:17", "open-orders"]);
  const staff = await connect(1, ["order:17", "staff"]);
  const admin = await connect(1, [], "/admin");
  const leaving = await connect(1, ["user:3"]);
  const servers = cluster.servers.map(({ io }) => serverInbox(io.of("/"), ["reload"]));
  const left = once(leaving.socket, "disconnect");
  const client = await clientOf();
  const [{ today }] = (await client.query("SELECT current_date::text AS today")).rows;
  await client.query(calls);
  await left;
  await client.query(
    "SELECT socket_io_emit('to paid', rooms => '{paid-orders}'), socket_io_emit('to open', rooms => '{open-orders}')",
  );
  t.deepEqual(await received(client, [customer, staff]), [
    [["paid", { id: 17 }], ["to paid"]],
    [["to paid"]],
  ]);
  t.deepEqual(await admin.until("report"), ["report", "sales", today]);
  for (const server of servers) {
    t.deepEqual(await server.until("reload"), ["reload", "prices"]);
    t.is(server.take().length, 1);
  }
  t.deepEqual(cluster.errors, []);
});

test("From SQL: bytes arrive as bytes", async (t) => {
  const { database, clientOf } = await open(t);
  const { connect } = await serving(t, database, { servers: 1 });
  const box = await connect(0, []);
  await (await clientOf()).query(bytes);
  t.deepEqual(await box.until("file"), ["file", "a.png", Buffer.from([0x89, 0x50, 0x4e, 0x47])]);
});

test("From SQL: the table of the functions has all of their arguments", async (t) => {
  const client = await (await open(t)).clientOf();
  const { rows } = await client.query(
    "SELECT proname, proargnames FROM pg_proc WHERE proname LIKE 'socket\\_io\\_%' ORDER BY 1",
  );
  const documented = readDocument("docs/outbox.md").matchAll(/^\| `(socket_io_\w+)` \| (.*) \|$/gm);
  t.deepEqual(
    [...documented].map(([, name, list]) => [name, list.replaceAll("`", "").split(", ")]).sort(),
    rows.map(({ proname, proargnames }) => [proname, proargnames]),
  );
});

test("Each change of a table is seen by browsers, if it is committed, no matter which program makes it", async (t) => {
  const { database, clientOf } = await open(
    t,
    `CREATE TABLE orders (id int PRIMARY KEY, state text, at timestamptz);
     GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO clerk;${trigger}`,
  );
  const { cluster, connect } = await serving(t, database);
  const browsers = [await connect(0, ["table:orders"]), await connect(1, ["table:orders"])];
  const other = await connect(1, ["table:accounts"]);
  const clerk = await clientOf("clerk");
  await t.throwsAsync(clerk.query("SELECT socket_io_emit('e')"), { code: "42501" });
  await clerk.query("BEGIN; INSERT INTO orders VALUES (1, 'lost'); ROLLBACK");
  await clerk.query("INSERT INTO orders VALUES (1, 'open'), (2, $1)", [LONG]);
  await clerk.query(
    "BEGIN; UPDATE orders SET state = 'paid'; DELETE FROM orders WHERE id = 2; COMMIT",
  );
  await clerk.query("UPDATE orders SET state = 'none' WHERE id = 3");
  const change = (operation, id, state) => ["change", "orders", operation, { id, state, at: null }];
  const short = [change("insert", 1, "open"), change("update", 1, "paid")];
  const rest = [change("update", 2, "paid"), change("delete", 2, "paid")];
  const long = change("insert", 2, LONG);
  const isLong = ([, , , row]) => row.state === LONG;
  for (const box of browsers) {
    // The long one may be overtaken within the server.
    const heard = [];
    await eventually(() => {
      heard.push(...box.take());
      return heard.length >= 5;
    }, "five changes");
    t.deepEqual(heard.filter(isLong), [long]);
    t.deepEqual(
      heard.filter((event) => !isLong(event)),
      [short[0], short[1], ...rest],
    );
  }
  const owner = await clientOf();
  t.deepEqual(await received(owner, [...browsers, other]), [[], [], []]);
  t.deepEqual(cluster.errors, []);
  await owner.query("ALTER FUNCTION tell_browsers SECURITY INVOKER");
  await t.throwsAsync(clerk.query("DELETE FROM orders"), { code: "42501" });
});

test("The table: a row that is written by hand is that of the function, and arrives", async (t) => {
  const { database, clientOf } = await open(t);
  const client = await clientOf();
  await client.query(byHand);
  await client.query("SELECT socket_io_emit('paid', '[17]', rooms => '{order:17}')");
  const { rows } = await client.query(
    "SELECT channel, payload::jsonb, attachment, buffers, error FROM socket_io_outbox ORDER BY id",
  );
  t.deepEqual(rows[0], rows[1]);
  const { connect } = await serving(t, database, { servers: 1 });
  const box = await connect(0, ["order:17"]);
  await client.query(byHand);
  t.deepEqual(await box.until("paid"), ["paid", 17]);
});

test("The table: its columns are those of the documentation", async (t) => {
  const client = await (await open(t)).clientOf();
  const { rows } = await client.query(
    "SELECT attname FROM pg_attribute WHERE attrelid = 'socket_io_outbox'::regclass AND attnum > 0 ORDER BY attnum",
  );
  const [, section] = readDocument("docs/outbox.md").split("\n## The table\n");
  const documented = section.split("\n## ")[0].matchAll(/^\| `(\w+)` \|/gm);
  t.deepEqual(
    [...documented].map(([, name]) => name),
    rows.map(({ attname }) => attname),
  );
});

/** What a writer may write: short, long, with bytes, by an emitter and by SQL. */
async function writeAll(client) {
  const io = Emitter.outbox(client);
  await io.emit("short");
  await io.emit("long", LONG);
  await client.query("SELECT socket_io_emit('long', jsonb_build_array($1::text))", [LONG]);
  await client.query(bytes);
  return 4;
}

test("Who may do what: a writer writes, a relay publishes, and neither does more", async (t) => {
  const { as, clientOf } = await open(t, grants);
  const [writer, relaying, owner] = [
    await clientOf("writer"),
    await clientOf("relay"),
    await clientOf(),
  ];
  const count = await writeAll(writer);
  await emitterFor(t, as("writer")).outbox().emit("grouped");
  await owner.query("INSERT INTO socket_io_outbox (channel, payload) VALUES ('x', 'no message')");
  const errors = [];
  const io = emitterFor(t, as("relay"));
  const relay = relayFor(t, io, { errorHandler: ({ code }) => errors.push(code) });
  await relay.drain();
  t.like(await relay.stats(), { published: count + 1, setAside: 1, waiting: 0, failed: 1 });
  t.deepEqual(errors, ["ERR_SET_ASIDE"]);
  t.is(await io.dropSetAside(), 1);
  for (const [client, sql] of [
    [writer, "SELECT payload FROM socket_io_outbox"],
    [writer, "DELETE FROM socket_io_outbox"],
    [writer, "INSERT INTO socket_io_outbox (channel, payload, error) VALUES ('', '', '')"],
    [relaying, "INSERT INTO socket_io_outbox (channel, payload) VALUES ('', '')"],
    [relaying, "UPDATE socket_io_outbox SET payload = ''"],
    [relaying, "SELECT payload FROM socket_io_attachments"],
  ]) {
    await t.throwsAsync(client.query(sql), { code: "42501" }, sql);
  }
  await t.throwsAsync(io.retrySetAside(), { code: "42501" });
  await owner.query(
    "GRANT INSERT (created_at, channel, payload, attachment, buffers) ON socket_io_outbox TO relay",
  );
  await owner.query("INSERT INTO socket_io_outbox (channel, payload, error) VALUES ('x', '', 'x')");
  t.is(await io.retrySetAside(), 1);
});

for (const missing of [
  "SELECT ON socket_io_outbox FROM relay",
  "UPDATE (error) ON socket_io_outbox FROM relay",
  "DELETE ON socket_io_outbox FROM relay",
  "INSERT (payload) ON socket_io_attachments FROM relay",
  "INSERT (created_at) ON socket_io_attachments FROM relay",
  "SELECT (id) ON socket_io_attachments FROM relay",
  "USAGE ON SEQUENCE socket_io_attachments_id_seq FROM relay",
]) {
  test(`Who may do what: each grant of a relay is needed: ${missing}`, async (t) => {
    const { as, clientOf } = await open(t, `${grants};REVOKE ${missing}`);
    await writeAll(await clientOf("writer"));
    const told = new Set();
    relayFor(t, emitterFor(t, as("relay")), { errorHandler: ({ code }) => told.add(code) });
    await eventually(() => told.has("42501"), "the missing right is told");
    t.pass();
  });
}

test("Relays: when the active one is killed, another goes on within two seconds", async (t) => {
  const { database, clientOf } = await open(t);
  const client = await clientOf();
  const relays = [relayProcess(t, database), relayProcess(t, database)];
  const active = await activeOf(relays);
  await eventually(() => relays.every(({ state }) => state), "both are there");
  const { pid } = await eventually(async () => {
    const { rows } = await client.query(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0];
  }, "it has the lock");
  const killed = Date.now();
  active.kill();
  await client.query("SELECT socket_io_emit('e')");
  const isEmpty = async () => (await client.query("SELECT FROM socket_io_outbox")).rowCount === 0;
  await eventually(isEmpty, "it is published");
  const took = Date.now() - killed;
  t.log(`${took} ms`);
  // Ten times as long, for a busy machine.
  t.true(took < 20_000);
  // The session ended with its process: after five seconds the server would have ended it, and said so.
  await client.query("DO $$ BEGIN RAISE LOG 'all is written until here'; END $$");
  await eventually(() => log.join("").includes("until here"), "the log is read");
  t.false(log.join("").includes(`${pid}|25P03|`));
});

test("Relays: what cannot be published is set aside with its error, and holds nothing up", async (t) => {
  const { database, clientOf } = await open(t);
  const client = await clientOf();
  const bad = [
    ["", "{}", null],
    ["é".repeat(32), "{}", null],
    ["socket.io#/", "", null],
    ["socket.io#/", "no message", null],
    ["socket.io#/", `{${LONG}`, null],
    ["socket.io#/", '{"type": 7.5}', "{a}"],
    ["socket.io#/", '{"type": 3, "data": {"_placeholder": true, "num": 1}}', "{a}"],
    ["socket.io#/", '{"type": 3}', "{{a},{b}}"],
  ];
  for (const row of bad) {
    await client.query(
      "INSERT INTO socket_io_outbox (channel, payload, buffers) VALUES ($1, $2, $3)",
      row,
    );
    await client.query(byHand);
  }
  const errors = [];
  const io = emitterFor(t, database);
  const relay = relayFor(t, io, { errorHandler: (error) => errors.push(error) });
  await relay.drain();
  const { rows } = await client.query("SELECT error FROM socket_io_outbox ORDER BY id");
  t.is(rows.length, bad.length);
  for (const { error } of rows) t.regex(error, /^ERR_(INVALID_ARG_VALUE|NOT_SERIALIZABLE): /);
  t.deepEqual(
    errors.map(({ code }) => code),
    bad.map(() => "ERR_SET_ASIDE"),
  );
  t.like(await relay.stats(), { published: bad.length, setAside: bad.length, waiting: 0 });
});

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
const pooled = version ? test : test.skip;
pooled(`Relays: through PgBouncer ${version ?? "(missing)"} in transaction mode`, async (t) => {
  const { database, clientOf } = await open(t);
  const pooler = await startPgbouncer(postgres.server, { poolSize: 4, takesTurns: true });
  t.teardown(() => pooler.stop());
  const settings = { ...database.config, port: pooler.config.port };
  const relays = [1, 2].map(() => {
    const io = new Emitter(settings);
    t.teardown(() => io.close());
    return relayFor(t, io);
  });
  const client = await clientOf();
  const count = await writeAll(client);
  await Promise.all(relays.map((relay) => relay.drain()));
  const states = () => relays.map(({ state }) => state).sort();
  await eventually(() => !states().includes("connecting"), "both have had a look");
  t.deepEqual(states(), ["active", "standby"]);
  const active = relays.find(({ state }) => state === "active");
  const other = relays.find((relay) => relay !== active);
  // Each session that the pooler gives may be the other's, so both may have had their turn.
  const [one, two] = await Promise.all([active.stats(), other.stats()]);
  t.is(one.published + two.published, count);
  t.is(one.failed + two.failed, 0);
  await active.close();
  await client.query("SELECT socket_io_emit('e')");
  await other.drain();
  t.like(await other.stats(), { published: two.published + 1, waiting: 0 });
});
