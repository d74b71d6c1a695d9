"use strict";

const { EmitterError, invalidType, invalidValue } = require("./errors.js");
const { Kind } = require("./message.js");
const { defaults } = require("./options.js");
const { toPacket } = require("./packet.js");
const { NO_ROOMS, roomsToJson, withRooms } = require("./rooms.js");

const RESERVED_EVENTS = new Set(defaults.reservedEvents);
const RESERVED_SERVER_EVENTS = new Set(defaults.reservedServerEvents);

const NO_FLAGS = Object.freeze({});

/** Checks `[event, ...args]`, and makes it a packet. */
const writePacket = (packet, reserved) => {
  const ev = packet[0];
  if (typeof ev !== "string") throw invalidType("the event", "a string", ev);
  if (reserved.has(ev)) {
    throw new EmitterError("ERR_RESERVED_EVENT", `"${ev}" is a reserved event name`);
  }
  if (typeof packet[packet.length - 1] === "function") {
    throw invalidValue("acknowledgements are not supported");
  }
  return toPacket(packet);
};

const checkBoolean = (name, value) => {
  if (typeof value !== "boolean") throw invalidType(name, "a boolean", value);
  return value;
};

const writeRooms = (rooms) => roomsToJson(withRooms(NO_ROOMS, rooms));

/** The sending calls: the kind of their messages, and how arguments become a body. */
const CALLS = Object.freeze({
  emit: { kind: Kind.BROADCAST, body: (packet) => writePacket(packet, RESERVED_EVENTS) },
  socketsJoin: { kind: Kind.SOCKETS_JOIN, body: writeRooms },
  socketsLeave: { kind: Kind.SOCKETS_LEAVE, body: writeRooms },
  disconnectSockets: {
    kind: Kind.DISCONNECT_SOCKETS,
    body: ([close = false]) => String(checkBoolean("close", close)),
  },
  serverSideEmit: {
    kind: Kind.SERVER_SIDE_EMIT,
    body: (packet) => writePacket(packet, RESERVED_SERVER_EVENTS),
  },
});

/** Whom a message is for. Immutable: each call gives a new one. */
class BroadcastOperator {
  #publisher;
  #namespace;
  #rooms;
  #except;
  #flags;

  constructor(publisher, namespace, rooms = NO_ROOMS, except = NO_ROOMS, flags = NO_FLAGS) {
    this.#publisher = publisher;
    this.#namespace = namespace;
    this.#rooms = rooms;
    this.#except = except;
    this.#flags = flags;
  }

  to(...rooms) {
    return this.#with(withRooms(this.#rooms, rooms), this.#except, this.#flags);
  }

  in(...rooms) {
    return this.to(...rooms);
  }

  except(...rooms) {
    return this.#with(this.#rooms, withRooms(this.#except, rooms), this.#flags);
  }

  get volatile() {
    return this.#with(this.#rooms, this.#except, { ...this.#flags, volatile: true });
  }

  compress(compress) {
    const flags = { ...this.#flags, compress: checkBoolean("compress", compress) };
    return this.#with(this.#rooms, this.#except, flags);
  }

  emit(...packet) {
    return this.#call(CALLS.emit, packet);
  }

  socketsJoin(...rooms) {
    return this.#call(CALLS.socketsJoin, rooms);
  }

  socketsLeave(...rooms) {
    return this.#call(CALLS.socketsLeave, rooms);
  }

  disconnectSockets(close) {
    return this.#call(CALLS.disconnectSockets, [close]);
  }

  serverSideEmit(...packet) {
    return this.#call(CALLS.serverSideEmit, packet);
  }

  statement(method, ...args) {
    if (typeof method !== "string") throw invalidType("the method", "a string", method);
    if (!Object.hasOwn(CALLS, method)) {
      throw invalidValue(`the method must be one of ${Object.keys(CALLS).join(", ")}`);
    }
    const { kind, body } = CALLS[method];
    return this.#publisher.statement(this.#namespace, kind, this.#opts(kind), body(args));
  }

  #with(rooms, except, flags) {
    return new BroadcastOperator(this.#publisher, this.#namespace, rooms, except, flags);
  }

  #call({ kind, body }, args) {
    try {
      return this.#publisher.send(this.#namespace, kind, this.#opts(kind), body(args));
    } catch (error) {
      return this.#publisher.refuse(error);
    }
  }

  #opts(kind) {
    if (kind === Kind.SERVER_SIDE_EMIT) return "";
    const targets = `{"rooms":${roomsToJson(this.#rooms)},"except":${roomsToJson(this.#except)}`;
    if (kind !== Kind.BROADCAST) return `${targets}}`;
    const flags = this.#flags === NO_FLAGS ? "{}" : JSON.stringify(this.#flags);
    return `${targets},"flags":${flags}}`;
  }
}

module.exports = { BroadcastOperator, RESERVED_EVENTS };
