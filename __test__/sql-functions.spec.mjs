// The functions of emitFunctionsSql(): what they write is what an emitter writes for the same call, for
// any caller, name and search_path; and what they refuse.

import test from "ava";
import {
  attachmentTableSql,
  Emitter,
  EmitterError,
  emitFunctionsSql,
  outboxSql,
} from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";
import { HOSTILE_SCHEMA } from "./support/search-path.mjs";
import { listenFor, messageOf } from "./support/wire.mjs";

const PASSWORD = "least";
const postgres = usePostgres(test, {
  async setUp({ server }) {
    const pool = server.pool({ max: 1 });
    await pool.query(`CREATE ROLE writer LOGIN PASSWORD '${PASSWORD}'`);
    await pool.end();
  },
});

const NAMES = [
  "socket_io_disconnect_sockets",
  "socket_io_emit",
  "socket_io_server_side_emit",
  "socket_io_sockets_join",
  "socket_io_sockets_leave",
];

/** A database with the outbox and the functions, and one client of it. */
async function open(t, options, extraSql = "") {
  const outbox = outboxSql(options?.outboxTable);
  const database = await postgres.database(`${extraSql};${outbox};${attachmentTableSql()}`);
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  await client.query(emitFunctionsSql(options));
  return { database, client };
}

const rowsOf = async (client, table = "socket_io_outbox") =>
  (await client.query(`SELECT channel, payload, buffers FROM ${table} ORDER BY id`)).rows;

const ODD = `"'\\é漢😀 $1 ? %s {} --`;
const LONG = "é漢😀".repeat(2_000);
const BYTES = [Buffer.from([0, 1, 255]), Buffer.alloc(0)];
const place = (num) => ({ _placeholder: true, num });

/** A call of a function, its parameters, and the same of an emitter. */
const CALLS = [
  ["socket_io_emit('news')", [], (io) => io.emit("news")],
  ["socket_io_emit('news', NULL)", [], (io) => io.emit("news")],
  [
    `socket_io_emit('paid', '[{"id": 17}]', rooms => '{order:17}', except_rooms => '{staff}', nsp => '/admin')`,
    [],
    (io) => io.of("/admin").to("order:17").except("staff").emit("paid", { id: 17 }),
  ],
  [
    "socket_io_emit($1, jsonb_build_array($2::text), ARRAY[$3], ARRAY[$4, 'b'], $5)",
    [ODD, ODD, ODD, ODD, `/${ODD}`],
    (io) => io.of(`/${ODD}`).to(ODD).except(ODD, "b").emit(ODD, ODD),
  ],
  [
    `socket_io_emit('e', '[null, true, -1.5e3, 12345678901, "\\u2028", [[]], {"a": {"b": [1]}, "": 0}]')`,
    [],
    (io) =>
      io.emit("e", null, true, -1500, 12_345_678_901, "\u2028", [[]], { "": 0, a: { b: [1] } }),
  ],
  ["socket_io_emit('e', volatile => true)", [], (io) => io.volatile.emit("e")],
  ["socket_io_emit('e', compress => false)", [], (io) => io.compress(false).emit("e")],
  ["socket_io_emit('e', compress => true)", [], (io) => io.compress(true).emit("e")],
  [
    "socket_io_emit('e', volatile => true, compress => false)",
    [],
    (io) => io.volatile.compress(false).emit("e"),
  ],
  [
    "socket_io_emit('e', rooms => NULL, except_rooms => NULL, nsp => NULL, volatile => NULL, bytes => NULL)",
    [],
    (io) => io.emit("e"),
  ],
  ["socket_io_emit('e', nsp => 'admin', bytes => '{}')", [], (io) => io.of("admin").emit("e")],
  ["socket_io_emit('e', nsp => '')", [], (io) => io.of("").emit("e")],
  [
    "socket_io_emit('e', nsp => $1)",
    [`/${"é".repeat(40)}`],
    (io) => io.of(`/${"é".repeat(40)}`).emit("e"),
  ],
  [
    "socket_io_sockets_join('{paid,late}', rooms => '{order:17}', nsp => '/admin')",
    [],
    (io) => io.of("/admin").in("order:17").socketsJoin("paid", "late"),
  ],
  ["socket_io_sockets_join('{}')", [], (io) => io.socketsJoin()],
  [
    "socket_io_sockets_leave(leave_rooms => ARRAY[$1], except_rooms => '{a}')",
    [ODD],
    (io) => io.except("a").socketsLeave(ODD),
  ],
  ["socket_io_disconnect_sockets(rooms => '{a}')", [], (io) => io.in("a").disconnectSockets()],
  ["socket_io_disconnect_sockets(NULL)", [], (io) => io.disconnectSockets()],
  [
    "socket_io_disconnect_sockets(true, except_rooms => '{a}', nsp => '/x')",
    [],
    (io) => io.of("/x").except("a").disconnectSockets(true),
  ],
  ["socket_io_server_side_emit('reload')", [], (io) => io.serverSideEmit("reload")],
  [
    `socket_io_server_side_emit('disconnect', '["prices", 1]', nsp => '/admin')`,
    [],
    (io) => io.of("/admin").serverSideEmit("disconnect", "prices", 1),
  ],
];

for (const channelPrefix of ["socket.io", `it's $q0$ 50% \\ "é"`]) {
  test(`the functions write what an emitter writes: prefix ${channelPrefix}`, async (t) => {
    const { client } = await open(t, { channelPrefix });
    const io = Emitter.outbox(client, "/", { channelPrefix });
    for (const [sql, values, call] of CALLS) {
      const { rows } = await client.query(`SELECT ${sql} AS written`, values);
      t.deepEqual(rows, [{ written: 1 }], sql);
      await call(io);
    }
    const rows = await rowsOf(client);
    t.is(rows.length, 2 * CALLS.length);
    for (const [index, [sql]] of CALLS.entries()) {
      const [ours, theirs] = rows.slice(2 * index);
      t.is(ours.channel, theirs.channel, sql);
      t.deepEqual(JSON.parse(ours.payload), JSON.parse(theirs.payload), sql);
      t.is(ours.buffers, null, sql);
    }
  });
}

test("what is long, or has bytes, is published as what an emitter publishes", async (t) => {
  const { database, client } = await open(t);
  const listener = await listenFor(t, database);
  const io = Emitter.outbox(client);
  const calls = [
    [
      "socket_io_emit('long', jsonb_build_array($1::text), rooms => '{a}')",
      [LONG],
      (to) => to.to("a").emit("long", LONG),
    ],
    [
      "socket_io_emit('bytes', $1, bytes => $2, except_rooms => '{a}', compress => false)",
      [JSON.stringify([{ first: place(0) }, [place(1), place(0)]]), BYTES],
      (to) =>
        to.except("a").compress(false).emit("bytes", { first: BYTES[0] }, [BYTES[1], BYTES[0]]),
    ],
    [
      "socket_io_server_side_emit('both', $1, bytes => $2)",
      [JSON.stringify([LONG, place(1)]), BYTES],
      (to) => to.serverSideEmit("both", LONG, BYTES[1]),
    ],
    ["socket_io_sockets_join(ARRAY[$1])", [LONG], (to) => to.socketsJoin(LONG)],
  ];
  for (const [sql, values, call] of calls) {
    await client.query(`SELECT ${sql}`, values);
    await call(io);
  }
  await relayFor(t, emitterFor(t, database)).drain();
  const pool = database.pool({ max: 1 });
  const received = await listener.next(2 * calls.length);
  const messages = [];
  for (const notification of received) messages.push(await messageOf(pool, notification));
  for (const [index, [sql]] of calls.entries()) {
    t.deepEqual(messages[2 * index], messages[2 * index + 1], sql);
  }
});

const REFUSED = {
  "no event": "socket_io_emit(NULL)",
  "an event without a name": "socket_io_emit('')",
  "no server's event": "socket_io_server_side_emit(NULL)",
  "args that are an object": `socket_io_emit('e', '{"a": 1}')`,
  "args that are JSON's null": "socket_io_emit('e', 'null')",
  "a server's args that are a string": `socket_io_server_side_emit('e', '"a"')`,
  "NULL among the rooms": "socket_io_emit('e', rooms => ARRAY['a', NULL])",
  "NULL alone among the rooms": "socket_io_emit('e', rooms => '{NULL}')",
  "NULL among the exceptions": "socket_io_emit('e', except_rooms => ARRAY[NULL, 'a'])",
  "rooms in rooms": "socket_io_emit('e', rooms => '{{a,b},{c,d}}')",
  "no rooms to join": "socket_io_sockets_join(NULL)",
  "NULL among the rooms to join": "socket_io_sockets_join('{NULL}')",
  "sockets of NULL that join": "socket_io_sockets_join('{a}', rooms => '{NULL}')",
  "no rooms to leave": "socket_io_sockets_leave(NULL)",
  "sockets of NULL that leave": "socket_io_sockets_leave('{a}', except_rooms => '{NULL}')",
  "sockets of NULL to disconnect": "socket_io_disconnect_sockets(rooms => '{NULL}')",
  "NULL among the bytes": "socket_io_emit('e', bytes => ARRAY[NULL]::bytea[])",
};

test("refused, with a hint: what is no event, no arguments or no rooms", async (t) => {
  const { client } = await open(t);
  for (const [what, call] of Object.entries(REFUSED)) {
    const error = await t.throwsAsync(client.query(`SELECT ${call}`), { code: "22023" }, what);
    t.truthy(error.hint);
  }
  t.deepEqual(await rowsOf(client), []);
});

test("refused: the events that an emitter refuses, and no others", async (t) => {
  const { client } = await open(t);
  const io = Emitter.outbox(client);
  const names = [
    ...["connect", "connect_error", "disconnect", "disconnecting", "newListener"],
    ...["removeListener", "connection", "new_namespace", "Connect", "connect ", "error"],
  ];
  for (const [method, sql] of [
    ["emit", "socket_io_emit"],
    ["serverSideEmit", "socket_io_server_side_emit"],
  ]) {
    for (const name of names) {
      const [ours, theirs] = await Promise.allSettled([
        client.query(`SELECT ${sql}($1)`, [name]),
        io[method](name),
      ]);
      t.is(ours.reason?.code === "22023", theirs.reason?.code === "ERR_RESERVED_EVENT", name);
      t.is(ours.status, theirs.status, `${method} ${name}`);
    }
  }
});

test("a channel is cut as LISTEN cuts it, in UTF8 and in LATIN1", async (t) => {
  const { server } = postgres;
  await server
    .pool({ max: 1 })
    .query("CREATE DATABASE latin1 ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
  const latin1 = server.open("latin1");
  await latin1.pool({ max: 1 }).query(`${outboxSql()}${emitFunctionsSql()}`);
  const { database: utf8 } = await open(t);
  for (const [encoding, database, letters] of [
    ["UTF8", utf8, ["n", "é", "漢", "😀"]],
    ["LATIN1", latin1, ["n", "é"]],
  ]) {
    const client = await database.pool({ max: 1 }).connect();
    t.teardown(() => client.release());
    for (const letter of letters) {
      for (let before = 0; before < 4; before++) {
        const nsp = `/${"a".repeat(before)}${letter.repeat(70)}`;
        await client.query(`UNLISTEN *; LISTEN "socket.io#${nsp}"`);
        await client.query("SELECT socket_io_emit($1, $2, ARRAY[$1], nsp => $3)", [
          letter,
          JSON.stringify([letter]),
          nsp,
        ]);
        const { rows } = await client.query(
          "DELETE FROM socket_io_outbox RETURNING channel, payload, (SELECT pg_listening_channels()) AS heard",
        );
        const [{ channel, payload, heard }] = rows;
        t.is(channel, heard, `${encoding} ${nsp}`);
        const { data } = JSON.parse(payload);
        t.deepEqual([data.packet.data, data.opts.rooms], [[letter, letter], [letter]]);
        t.is(data.packet.nsp, nsp);
      }
    }
  }
});

test("whatever the search_path, the functions write into their outbox, and run nothing else", async (t) => {
  const { client } = await open(t);
  await client.query(HOSTILE_SCHEMA);
  await client.query("SET search_path = hostile, public, pg_catalog");
  await t.throwsAsync(client.query("SELECT starts_with('a', 'b')"), { code: "P0001" });
  // Created under such a path, too, which finds the outbox and nothing else; then compared.
  for (const channelPrefix of ["hostile", "hostile"]) {
    await client.query(emitFunctionsSql({ schema: "public", channelPrefix }));
  }
  await client.query(`
    CREATE TABLE hostile.socket_io_outbox (LIKE public.socket_io_outbox);
    CREATE TEMPORARY TABLE socket_io_outbox (LIKE public.socket_io_outbox)`);
  for (const path of [
    "hostile, pg_catalog, public",
    "pg_temp, hostile, pg_catalog",
    "hostile",
    "pg_catalog",
    "''",
  ]) {
    await client.query(`SET search_path = ${path}`);
    for (const [sql] of CALLS.filter(([, values]) => values.length === 0)) {
      await client.query(`SELECT public.${sql}`);
    }
  }
  const { rows } = await client.query(
    "SELECT pg_catalog.count(*)::int4 AS n, pg_catalog.min(channel) FROM public.socket_io_outbox",
  );
  const count = CALLS.filter(([, values]) => values.length === 0).length;
  t.deepEqual(rows, [{ n: 5 * count, min: "hostile#/" }]);
  for (const other of ["hostile.socket_io_outbox", "pg_temp.socket_io_outbox"]) {
    t.deepEqual(await rowsOf(client, other), []);
  }
  // The traps are such that a function without its own path falls into them.
  await client.query(`ALTER FUNCTION public.socket_io_emit RESET search_path;
    SET search_path = hostile, pg_catalog, public`);
  const { code } = await t.throwsAsync(client.query("SELECT public.socket_io_emit('e')"));
  t.true(["23514", "P0001"].includes(code), code);
});

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
