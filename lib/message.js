"use strict";

const { fromPacket } = require("./packet.js");

/** The kinds of message, by their numbers on the wire (`src/protocol/message.rs`), as text. */
const Kind = Object.freeze({
  BROADCAST: "3",
  SOCKETS_JOIN: "4",
  SOCKETS_LEAVE: "5",
  DISCONNECT_SOCKETS: "6",
  SERVER_SIDE_EMIT: "9",
});

const toData = (nsp, kind, opts, content) => {
  switch (String(kind)) {
    case Kind.BROADCAST:
      return { opts: JSON.parse(opts), packet: { type: 2, data: content, nsp } };
    case Kind.DISCONNECT_SOCKETS:
      return { opts: JSON.parse(opts), close: content };
    case Kind.SERVER_SIDE_EMIT:
      return { packet: content };
    default:
      return { opts: JSON.parse(opts), rooms: content };
  }
};

/**
 * A whole message as an object, for a parser of the caller's own; its JSON is what
 * `src/protocol/envelope.rs` writes.
 */
const toMessage = (nsp, kind, opts, packet) => ({
  uid: "emitter",
  nsp,
  source: "_sio_adapter",
  type: kind,
  data: toData(nsp, kind, opts, fromPacket(packet)),
});

module.exports = { Kind, toMessage };
