// The functions of SQL: what is called, and where.

import { attachmentTableSql, emitFunctionsSql, outboxSql } from "../../index.js";

/** A database with the outbox and the functions, and one client of it. */
export function openWith(postgres) {
  return async function open(t, options, extraSql = "") {
    const outbox = outboxSql(options?.outboxTable);
    const database = await postgres.database(`${extraSql};${outbox};${attachmentTableSql()}`);
    const client = await database.pool({ max: 1 }).connect();
    t.teardown(() => client.release());
    await client.query(emitFunctionsSql(options));
    return { database, client };
  };
}

export const rowsOf = async (client, table = "socket_io_outbox") =>
  (await client.query(`SELECT channel, payload, buffers FROM ${table} ORDER BY id`)).rows;

export const ODD = `"'\\é漢😀 $1 ? %s {} --`;

/** A call of a function, its parameters, and the same of an emitter. */
export const CALLS = [
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
