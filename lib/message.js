"use strict";

const { fromPacket } = require("./packet.js");

/** The kinds of message, by their numbers on the wire (`src/wire/outgoing.rs`), as text. */
const Kind = Object.freeze({
  BROADCAST: "3",
  SOCKETS_JOIN: "4",
  SOCKETS_LEAVE: "5",
  DISCONNECT_SOCKETS: "6",
  FETCH_SOCKETS: "7",
  SERVER_SIDE_EMIT: "9",
});

const toData = (nsp, kind, opts, packet) => {
  const content = () => fromPacket(packet);
  // A request's id follows `opts`, as in `envelope.rs`.
  if (kind === Kind.SERVER_SIDE_EMIT) {
    return { packet: content(), ...JSON.parse(`{${opts.slice(",".length)}}`) };
  }
  const whom = JSON.parse(`{"opts":${opts}}`);
  switch (kind) {
    case Kind.BROADCAST:
      return { ...whom, packet: { type: 2, data: content(), nsp } };
    case Kind.FETCH_SOCKETS:
      return whom;
    case Kind.DISCONNECT_SOCKETS:
      return { ...whom, close: content() };
    default:
      return { ...whom, rooms: content() };
  }
};

/**
 * A whole message as an object, for a parser of the caller's own; its JSON is what
 * `src/wire/envelope.rs` writes.
 */
const toMessage = (nsp, kind, opts, packet) => ({
  uid: "emitter",
  nsp,
  source: "_sio_adapter",
  type: kind,
  data: toData(nsp, String(kind), opts, packet),
});

module.exports = { Kind, toMessage };
