"use strict";

/** A socket of some server of the cluster, as it was when it was fetched. */
class RemoteSocket {
  #operator;

  constructor(operator, { id, handshake, rooms, data }) {
    this.id = id;
    this.handshake = handshake;
    this.rooms = new Set(rooms);
    this.data = data;
    this.#operator = operator.to(id);
  }

  emit(...packet) {
    return this.#operator.emit(...packet);
  }

  join(...rooms) {
    return this.#operator.socketsJoin(...rooms);
  }

  leave(...rooms) {
    return this.#operator.socketsLeave(...rooms);
  }

  disconnect(close) {
    return this.#operator.disconnectSockets(close);
  }
}

module.exports = { RemoteSocket };
