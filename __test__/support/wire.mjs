// What a server reads: the messages as protocol text, and rows decoded as the adapters decode them.

import { createRequire } from "node:module";
import { NEWEST_ADAPTER } from "../../tools/adapters.mjs";
import { listen } from "../../tools/listener.mjs";

const require = createRequire(import.meta.url);
const adapterRequire = createRequire(require.resolve(`adapter-${NEWEST_ADAPTER}`));

/** The decoder that the adapters carry. */
export const { decode } = adapterRequire("@msgpack/msgpack");

/** The types of message, as the servers number them. */
export const { MessageType } = adapterRequire("socket.io-adapter");

export const TYPE = {
  BROADCAST: 3,
  JOIN: 4,
  LEAVE: 5,
  DISCONNECT: 6,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
};

/** A message as an object, in the wire's key order. */
export const message = (type, data, nsp = "/") => ({
  uid: "emitter",
  nsp,
  source: "_sio_adapter",
  type,
  data,
});

export const broadcast = (args, { nsp = "/", rooms = [], except = [], flags = {} } = {}) =>
  message(
    TYPE.BROADCAST,
    { packet: { type: 2, data: args, nsp }, opts: { rooms, except, flags } },
    nsp,
  );

/** The JSON text of a broadcast. */
export const broadcastText = (args, options) => JSON.stringify(broadcast(args, options));

/** A server reads whitespace after the message as nothing, so a test does the same. */
export const text = ({ payload }) => payload.trimEnd();

export const isHeader = ({ payload }) => "attachmentId" in JSON.parse(payload);

/** The bytes of the row that a header names. */
export async function rowOf(pool, { payload }, table = "socket_io_attachments") {
  const { attachmentId } = JSON.parse(payload);
  const { rows } = await pool.query(`SELECT payload FROM ${table} WHERE id = $1`, [attachmentId]);
  return rows[0]?.payload;
}

/** The whole message behind a notification, from wherever it is. */
export async function messageOf(pool, notification, table) {
  if (!isHeader(notification)) return JSON.parse(notification.payload);
  // Long ones begin with an entry that only keeps PostgreSQL from compressing them.
  const { noise: _, ...message } = decode(await rowOf(pool, notification, table));
  return message;
}

/** The arguments of a broadcast, without the event's name. */
export async function argsOf(pool, notification) {
  return (await messageOf(pool, notification)).data.packet.data.slice(1);
}

/** Listens for the length of the test `t`. */
export async function listenFor(t, { config }, channels = "socket.io#/") {
  const listener = await listen(config, channels);
  t.teardown(() => listener.close());
  return listener;
}
