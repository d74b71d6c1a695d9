"use strict";

/** What servers say that concerns an emitter, by number (`MessageType` of `socket.io-adapter`). */
module.exports = Object.freeze({
  INITIAL_HEARTBEAT: 1,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
});
