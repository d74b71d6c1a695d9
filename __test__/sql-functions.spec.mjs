// The functions of emitFunctionsSql(): what they write is what an emitter writes for the same call, for
// any caller, name and search_path; and what they refuse.

import test from "ava";
import { Emitter, emitFunctionsSql, outboxSql } from "../index.js";
import { createRoles, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";
import { HOSTILE_SCHEMA } from "./support/search-path.mjs";
import { CALLS, openWith, rowsOf } from "./support/sql-functions.mjs";
import { listenFor, messageOf } from "./support/wire.mjs";

const PASSWORD = "least";

const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, PASSWORD, "writer"),
});

const open = openWith(postgres);

const LONG = "é漢😀".repeat(2_000);

const BYTES = [Buffer.from([0, 1, 255]), Buffer.alloc(0)];

const place = (num) => ({ _placeholder: true, num });

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
