"use strict";

const { decode } = require("@msgpack/msgpack");
const { isDecodable } = require("../binding.js");
const { messageTypes } = require("../lib/constants.js");

// Any role that may NOTIFY can write anything: each field here is taken for what it is, and for nothing more.

/** The types of message, by their numbers: "SOCKETS_JOIN" is shown as "sockets-join". */
const KINDS = new Map(
  messageTypes.map(({ name, number }) => [number, name.toLowerCase().replaceAll("_", "-")]),
);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A field of an object's own; a prototype's is none. */
const fieldOf = (value, name) =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** What a message is about: `{ event, args }`. */
const contentOf = (kind, data) => {
  if (data === undefined) return { event: null, args: null };
  switch (kind) {
    case "broadcast":
      return eventOf(fieldOf(fieldOf(data, "packet"), "data"), data);
    case "sockets-join":
    case "sockets-leave": {
      const rooms = fieldOf(data, "rooms");
      return { event: null, args: Array.isArray(rooms) ? rooms : [data] };
    }
    case "disconnect-sockets":
      return { event: null, args: [fieldOf(data, "close") ?? data] };
    case "server-side-emit":
      return eventOf(fieldOf(data, "packet"), data);
    default:
      return { event: null, args: [data] };
  }
};

const eventOf = (packet, data) => {
  if (!Array.isArray(packet) || packet.length === 0) return { event: null, args: [data] };
  const [event, ...args] = packet;
  return { event, args };
};

const listOf = (value) => (Array.isArray(value) ? value : null);

const describe = (message) => {
  if (!isObject(message)) throw new Error("it is no message");
  const type = fieldOf(message, "type") ?? null;
  const data = fieldOf(message, "data");
  const opts = fieldOf(data, "opts");
  const kind = KINDS.get(type) ?? "unknown";
  return {
    nsp: fieldOf(message, "nsp") ?? null,
    kind,
    type,
    uid: fieldOf(message, "uid") ?? null,
    rooms: listOf(fieldOf(opts, "rooms")),
    except: listOf(fieldOf(opts, "except")),
    ...contentOf(kind, data),
  };
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

/** Without the methods of a Buffer: `JSON.stringify` calls its `toJSON` before the replacer. */
const plain = ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length);

/**
 * Decodes an attachment, as the adapters do.
 *
 * @param {Uint8Array} bytes
 * @throws what is wrong with it
 */
const decodeAttachment = (bytes) => {
  if (!isDecodable(bytes))
    throw new RangeError("it holds less than it says, or is nested too deep");
  return decode(bytes);
};

/** What a row's id is: digits. */
const ID = /^\d{1,19}$/;

/** The attachment, decoded, with its size; or the header, and why there is no more. */
const resolve = async (header, id, fetchAttachment) => {
  if (!ID.test(id)) return { message: header, error: "the attachment's id is none" };
  try {
    const payload = await fetchAttachment(id);
    if (payload) return { message: decodeAttachment(plain(payload)), bytes: payload.length };
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
    const attachmentId = fieldOf(notified, "attachmentId") ?? null;
    if (attachmentId === null) {
      return { ...head, ...describe(notified), bytes: size, attachmentId };
    }
    const id = typeof attachmentId === "string" ? attachmentId : JSON.stringify(attachmentId);
    const { message, bytes = size, error } = await resolve(notified, id, fetchAttachment);
    const described = describe(message);
    return { ...head, ...described, bytes, attachmentId: id, ...(error ? { error } : undefined) };
  } catch (error) {
    return { ...head, ...unreadable(error.message), bytes: size, attachmentId: null };
  }
};

/** The same notification, of which no more can be shown. */
const unshowable = ({ time, channel, bytes }, error) => ({
  time,
  channel,
  ...unreadable(error instanceof RangeError ? "it is nested too deep" : String(error?.message)),
  bytes,
  attachmentId: null,
});

module.exports = { decodeAttachment, readNotification, unshowable };
