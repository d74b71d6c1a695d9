"use strict";

const { EmitterError, invalidType, invalidValue } = require("./errors.js");
const { Kind } = require("./message.js");
const { defaults } = require("./options.js");
const { toPacket } = require("./packet.js");
const { roomsToJson, withRooms } = require("./rooms.js");

const RESERVED_EVENTS = new Set(defaults.reservedEvents);
const RESERVED_SERVER_EVENTS = new Set(defaults.reservedServerEvents);

const NO_ROOMS = new Set();
const NO_FLAGS = Object.freeze({});

const checkEvent = (ev, args, reserved) => {
  if (typeof ev !== "string") throw invalidType("the event", "a string", ev);
  if (reserved.has(ev)) {
    throw new EmitterError("ERR_RESERVED_EVENT", `"${ev}" is a reserved event name`);
  }
  if (typeof args[args.length - 1] === "function") {
    throw invalidValue("acknowledgements are not supported");
  }
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
    return this.#with({ rooms: withRooms(this.#rooms, rooms) });
  }

  in(...rooms) {
    return this.to(...rooms);
  }

  except(...rooms) {
    return this.#with({ except: withRooms(this.#except, rooms) });
  }

  get volatile() {
    return this.#with({ flags: { ...this.#flags, volatile: true } });
  }

  compress(compress) {
    return this.#with({ flags: { ...this.#flags, compress: checkBoolean("compress", compress) } });
  }

  emit(ev, ...args) {
    return this.#send(Kind.BROADCAST, () => {
      checkEvent(ev, args, RESERVED_EVENTS);
      return toPacket([ev, ...args]);
    });
  }

  socketsJoin(...rooms) {
    return this.#sendRooms(Kind.SOCKETS_JOIN, rooms);
  }

  socketsLeave(...rooms) {
    return this.#sendRooms(Kind.SOCKETS_LEAVE, rooms);
  }

  disconnectSockets(close = false) {
    return this.#send(Kind.DISCONNECT_SOCKETS, () => ({
      text: String(checkBoolean("close", close)),
      bytes: [],
    }));
  }

  serverSideEmit(ev, ...args) {
    return this.#send(Kind.SERVER_SIDE_EMIT, () => {
      checkEvent(ev, args, RESERVED_SERVER_EVENTS);
      return toPacket([ev, ...args]);
    });
  }

  #with({ rooms = this.#rooms, except = this.#except, flags = this.#flags }) {
    return new BroadcastOperator(this.#publisher, this.#namespace, rooms, except, flags);
  }

  #sendRooms(kind, rooms) {
    return this.#send(kind, () => ({ text: roomsToJson(withRooms(NO_ROOMS, rooms)), bytes: [] }));
  }

  /** Sends what `write` gives; what it throws becomes the promise's rejection. */
  #send(kind, write) {
    let packet;
    try {
      packet = write();
    } catch (error) {
      return this.#publisher.refuse(error);
    }
    return this.#publisher.sendPacket(this.#namespace, kind, this.#opts(kind), packet);
  }

  #opts(kind) {
    if (kind === Kind.SERVER_SIDE_EMIT) return "";
    const rooms = roomsToJson(this.#rooms);
    const except = roomsToJson(this.#except);
    if (kind !== Kind.BROADCAST) return `{"rooms":${rooms},"except":${except}}`;
    const flags = this.#flags === NO_FLAGS ? "{}" : JSON.stringify(this.#flags);
    return `{"rooms":${rooms},"except":${except},"flags":${flags}}`;
  }
}

module.exports = { BroadcastOperator, RESERVED_EVENTS };
