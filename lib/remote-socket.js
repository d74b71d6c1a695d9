"use strict";

const { framed } = require("./own-promise.js");
const { showAs } = require("./shown.js");

/** Emits to one socket, and so gets one answer, where an operator gets many. */
class SocketOperator {
  #operator;

  constructor(operator) {
    this.#operator = operator;
  }

  timeout(millis) {
    return new SocketOperator(this.#operator.timeout(millis));
  }

  emit(...packet) {
    const callback = packet[packet.length - 1];
    if (typeof callback !== "function") return this.#operator.emit(...packet);
    // An error comes without an answer, not even an empty list, as in Socket.IO.
    const told = (error, responses) => callback(error, error ? null : responses[0]);
    return this.#operator.emit(...packet.slice(0, -1), told);
  }

  emitWithAck(...packet) {
    const asked = this.#operator.emitWithAck(...packet);
    return framed((done) =>
      asked.then(
        ([response]) => {
          done();
          return response;
        },
        (error) => {
          done();
          throw error;
        },
      ),
    );
  }
}

/** A socket on one of the servers, as it was when it was fetched. */
class RemoteSocket {
  #operator;
  #emitter;

  constructor(everyone, { id, handshake, rooms, data }) {
    this.id = id;
    this.handshake = handshake;
    this.rooms = new Set(rooms);
    this.data = data;
    this.#operator = everyone.to(id);
    this.#emitter = new SocketOperator(this.#operator);
  }

  static {
    // A handshake may hold cookies and tokens, which no log is to have.
    showAs(RemoteSocket, ({ id, rooms, data }) => ({ id, rooms, data }));
  }

  timeout(millis) {
    return this.#emitter.timeout(millis);
  }

  emit(...packet) {
    return this.#emitter.emit(...packet);
  }

  emitWithAck(...packet) {
    return this.#emitter.emitWithAck(...packet);
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
