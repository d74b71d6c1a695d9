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
    try {
      return this.#send(Kind.BROADCAST, writePacket(packet, RESERVED_EVENTS));
    } catch (error) {
      return this.#publisher.refuse(error);
    }
  }

  socketsJoin(...rooms) {
    return this.#sendRooms(Kind.SOCKETS_JOIN, rooms);
  }

  socketsLeave(...rooms) {
    return this.#sendRooms(Kind.SOCKETS_LEAVE, rooms);
  }

  disconnectSockets(close = false) {
    try {
      return this.#send(Kind.DISCONNECT_SOCKETS, String(checkBoolean("close", close)));
    } catch (error) {
      return this.#publisher.refuse(error);
    }
  }

  serverSideEmit(...packet) {
    try {
      return this.#send(Kind.SERVER_SIDE_EMIT, writePacket(packet, RESERVED_SERVER_EVENTS));
    } catch (error) {
      return this.#publisher.refuse(error);
    }
  }

  #with(rooms, except, flags) {
    return new BroadcastOperator(this.#publisher, this.#namespace, rooms, except, flags);
  }

  #sendRooms(kind, rooms) {
    try {
      return this.#send(kind, roomsToJson(withRooms(NO_ROOMS, rooms)));
    } catch (error) {
      return this.#publisher.refuse(error);
    }
  }

  #send(kind, body) {
    return this.#publisher.send(this.#namespace, kind, this.#opts(kind), body);
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
