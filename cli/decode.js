"use strict";

const { decode } = require("@msgpack/msgpack");

/** The types of message between the servers, as `MessageType` of `socket.io-adapter` numbers them. */
const KINDS = {
  1: "initial-heartbeat",
  2: "heartbeat",
  3: "broadcast",
  4: "sockets-join",
  5: "sockets-leave",
  6: "disconnect-sockets",
  7: "fetch-sockets",
  8: "fetch-sockets-response",
  9: "server-side-emit",
  10: "server-side-emit-response",
  11: "broadcast-client-count",
  12: "broadcast-ack",
  13: "adapter-close",
};

/** What a message is about: `{ event, args }`. */
const contentOf = (type, data) => {
  if (data === undefined) return { event: null, args: null };
  switch (type) {
    case 3: {
      const [event, ...args] = data.packet.data;
      return { event, args };
    }
    case 4:
    case 5:
      return { event: null, args: data.rooms };
    case 6:
      return { event: null, args: [data.close] };
    case 9: {
      const [event, ...args] = data.packet;
      return { event, args };
    }
    default:
      return { event: null, args: [data] };
  }
};

const describe = (message) => {
  const { nsp = null, type = null, uid = null, data } = message;
  const { rooms = null, except = null } = data?.opts ?? {};
  const kind = KINDS[type] ?? "unknown";
  return { nsp, kind, type, uid, rooms, except, ...contentOf(type, data) };
};

/** A notification that cannot be read as a message: others may use the channel, too. */
const unreadable = (error) => ({
  nsp: null,
  kind: "unreadable",
  type: null,
  uid: null,
  rooms: null,
  except: null,
  event: null,
  args: null,
  error,
});

/** Without the methods of a Buffer: `JSON.stringify` asks its `toJSON` before anybody else. */
const plain = ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length);

/** The attachment, decoded, with its size; or the header, and why there is no more. */
const resolve = async (header, fetchAttachment) => {
  try {
    const payload = await fetchAttachment(header.attachmentId);
    if (payload) return { message: decode(plain(payload)), bytes: payload.length };
    return { message: header, error: "the attachment is gone" };
  } catch (error) {
    return { message: header, error: `the attachment: ${error.code ?? error.message}` };
  }
};

/**
 * What a notification says, with every key that `--json` prints. `bytes` is the size of the payload,
 * or of the attachment.
 *
 * @param {{ time: Date, channel: string, payload: string }} notification
 * @param {(id: string) => Promise<Uint8Array | null>} fetchAttachment
 */
const readNotification = async ({ time, channel, payload }, fetchAttachment) => {
  const size = Buffer.byteLength(payload);
  const head = { time: time.toISOString(), channel };
  try {
    const notified = JSON.parse(payload);
    const attachmentId = notified.attachmentId ?? null;
    if (attachmentId === null) {
      return { ...head, ...describe(notified), bytes: size, attachmentId };
    }
    const { message, bytes = size, error } = await resolve(notified, fetchAttachment);
    const described = describe(message);
    return { ...head, ...described, bytes, attachmentId, ...(error ? { error } : undefined) };
  } catch (error) {
    return { ...head, ...unreadable(error.message), bytes: size, attachmentId: null };
  }
};

module.exports = { readNotification };
