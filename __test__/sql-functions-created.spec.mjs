// The functions of SQL: where they are created, by whom, and with which options.

import test from "ava";
import { Emitter, EmitterError, emitFunctionsSql, outboxSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { createRoles, usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";
import { CALLS, openWith, rowsOf } from "./support/sql-functions.mjs";

const PASSWORD = "least";

const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, PASSWORD, "writer"),
});

const NAMES = [
  "socket_io_disconnect_sockets",
  "socket_io_emit",
  "socket_io_server_side_emit",
  "socket_io_sockets_join",
  "socket_io_sockets_leave",
];

const open = openWith(postgres);

for (const [outboxTable, extraSql] of [
  ["mine"],
  ['"my ""table"'],
  ["\"50% $q0$ {outbox} 'x'\""],
  ['"My App"."Out.box"', 'CREATE SCHEMA "My App"'],
  ["select"],
]) {
  test(`outboxTable ${outboxTable}`, async (t) => {
    const { database, client } = await open(t, { outboxTable }, extraSql);
    await client.query("SELECT socket_io_emit('e'), socket_io_disconnect_sockets()");
    const table = outboxTable === "select" ? '"select"' : outboxTable;
    t.is((await rowsOf(client, table)).length, 2);
    const io = emitterFor(t, database, "/", { outboxTable });
    await relayFor(t, io).drain();
    t.deepEqual(await rowsOf(client, table), []);
  });
}

/** The schemas of the functions, and the channel that one writes to. */
async function placed(client) {
  const { rows } = await client.query(
    "SELECT DISTINCT pronamespace::regnamespace::text AS schema, array_agg(proname::text ORDER BY proname) AS names FROM pg_proc WHERE proname LIKE 'socket\\_io\\_%' GROUP BY 1 ORDER BY 1",
  );
  for (const { names } of rows) {
    if (names.join() !== NAMES.join()) throw new Error(`other functions: ${names}`);
  }
  return rows.map(({ schema }) => schema);
}

test("schema: where the functions are; none is the current one", async (t) => {
  const { client } = await open(t, undefined, 'CREATE SCHEMA "My ""App"; CREATE SCHEMA current');
  t.deepEqual(await placed(client), ["public"]);
  await client.query(emitFunctionsSql({ schema: '"My ""App"' }));
  t.deepEqual(await placed(client), ['"My ""App"', "public"]);
  await client.query("SET search_path = missing, current, public");
  await client.query(emitFunctionsSql());
  t.deepEqual(await placed(client), ['"My ""App"', "current", "public"]);
  await client.query(`SELECT "My ""App".socket_io_emit('e'), current.socket_io_emit('e')`);
  t.is((await rowsOf(client)).length, 2);
  const nowhere = emitFunctionsSql({ schema: "missing" });
  await t.throwsAsync(client.query(nowhere), { code: "3F000" });
  await client.query("SET search_path = missing");
  const noSchema = emitFunctionsSql({ outboxTable: "public.socket_io_outbox" });
  await t.throwsAsync(client.query(noSchema), { code: "3F000" });
});

test("ensureFunctions: on a connection and on an executor, with the emitter's options", async (t) => {
  const options = { outboxTable: "app.events", channelPrefix: "mine" };
  const database = await postgres.database("CREATE SCHEMA app");
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  const connected = emitterFor(t, database, "/", options);
  const executors = [Emitter.using(client, "/", options), Emitter.outbox(client, "/x", options)];
  for (const io of [connected, connected.outbox(), ...executors]) {
    await t.throwsAsync(io.ensureFunctions(), { code: "42P01" }).then(({ hint }) => {
      t.regex(hint, /ensureOutbox/);
    });
  }
  await connected.ensureOutbox();
  for (const io of [connected, connected.of("/y"), connected.outbox(), ...executors]) {
    t.is(await io.ensureFunctions({ schema: "app" }), undefined);
    await client.query("SELECT app.socket_io_emit('e', nsp => '/z')");
    t.deepEqual(await placed(client), ["app"]);
    for (const name of NAMES) await client.query(`DROP FUNCTION app.${name}`);
  }
  const channels = (await rowsOf(client, "app.events")).map(({ channel }) => channel);
  t.deepEqual(channels, Array(5).fill("mine#/z"));
  // In the caller's transaction.
  await client.query("BEGIN");
  await executors[0].ensureFunctions();
  await client.query("ROLLBACK");
  t.deepEqual(await placed(client), []);
});

test("other options replace the functions; the same ones leave them as they are", async (t) => {
  const { client } = await open(t);
  const versions = async () => {
    const { rows } = await client.query(
      "SELECT xmin::text FROM pg_proc WHERE proname LIKE 'socket\\_io\\_%' ORDER BY proname",
    );
    return rows.map(({ xmin }) => xmin);
  };
  const first = await versions();
  await client.query(emitFunctionsSql());
  t.deepEqual(await versions(), first);
  await client.query(emitFunctionsSql({ channelPrefix: "mine" }));
  t.true((await versions()).every((xmin, index) => xmin !== first[index]));
  await client.query(outboxSql("other"));
  await client.query(emitFunctionsSql({ channelPrefix: "mine", outboxTable: "other" }));
  await client.query("SELECT socket_io_emit('e')");
  t.deepEqual(await placed(client), ["public"]);
  t.deepEqual(
    (await rowsOf(client, "other")).map(({ channel }) => channel),
    ["mine#/"],
  );
});

test("sessions that create and replace them at the same time all succeed", async (t) => {
  const database = await postgres.database(outboxSql());
  const pool = database.pool({ max: 8 });
  const clients = await Promise.all(Array.from({ length: 8 }, () => pool.connect()));
  t.teardown(() => {
    for (const client of clients) client.release();
  });
  for (let round = 0; round < 10; round++) {
    const sql = (index) => emitFunctionsSql({ channelPrefix: `${round}-${index % 3}` });
    await t.notThrowsAsync(Promise.all(clients.map((client, index) => client.query(sql(index)))));
  }
  t.deepEqual(await placed(clients[0]), ["public"]);
});

/** A client that has no rights but what `grants` gives. */
async function asWriter(t, database, grants) {
  await database.pool({ max: 1 }).query(grants);
  const connectionString = connectionStringOf({
    ...database.config,
    user: "writer",
    password: PASSWORD,
  });
  const client = await database
    .pool({ connectionString, user: "writer", password: PASSWORD, max: 1 })
    .connect();
  t.teardown(() => client.release());
  return { client, connectionString };
}

test("a writer needs INSERT on the outbox, and owns nothing", async (t) => {
  const { database, client: owner } = await open(t);
  const { client, connectionString } = await asWriter(
    t,
    database,
    "GRANT INSERT (channel, payload, buffers) ON socket_io_outbox TO writer",
  );
  for (const [sql, values] of CALLS) await client.query(`SELECT ${sql}`, values);
  t.is((await rowsOf(owner)).length, CALLS.length);
  const io = emitterFor(t, connectionString);
  // They are there, and the same.
  await t.notThrowsAsync(io.ensureFunctions());
  const other = emitterFor(t, connectionString, "/", { channelPrefix: "mine" });
  await t.throwsAsync(other.ensureFunctions(), { code: "42501" });
  await owner.query("REVOKE INSERT (payload) ON socket_io_outbox FROM writer");
  await t.throwsAsync(client.query("SELECT socket_io_emit('e')"), { code: "42501" });
});

test("options that are wrong are refused, by a throw and by a promise", async (t) => {
  const io = emitterFor(t, NOWHERE);
  for (const [options, code] of [
    [5, "ERR_INVALID_ARG_TYPE"],
    ["app", "ERR_INVALID_ARG_TYPE"],
    [[], "ERR_INVALID_ARG_TYPE"],
    [{ schema: 5 }, "ERR_INVALID_ARG_TYPE"],
    [{ schema: "a.b" }, "ERR_INVALID_ARG_VALUE"],
    [{ schema: "" }, "ERR_INVALID_ARG_VALUE"],
    [{ schema: '"a\0"' }, "ERR_INVALID_ARG_VALUE"],
    [{ shema: "app" }, "ERR_INVALID_ARG_VALUE"],
    [{ tableName: "a" }, "ERR_INVALID_ARG_VALUE"],
  ]) {
    const expected = { instanceOf: EmitterError, code };
    t.throws(() => emitFunctionsSql(options), expected);
    await t.throwsAsync(io.ensureFunctions(options), expected);
  }
  for (const options of [
    { outboxTable: "a;b" },
    { channelPrefix: "\0" },
    { channelPrefix: "\ud800" },
  ]) {
    t.throws(() => emitFunctionsSql(options), { code: "ERR_INVALID_ARG_VALUE" });
  }
  // An emitter has these already.
  await t.throwsAsync(io.ensureFunctions({ outboxTable: "a" }), { code: "ERR_INVALID_ARG_VALUE" });
  for (const none of [undefined, null, {}, { schema: null, outboxTable: undefined }]) {
    t.is(emitFunctionsSql(none), emitFunctionsSql());
  }
});
