"use strict";

const { invalidType, invalidValue } = require("./errors.js");
const { Kind } = require("./message.js");
const { LONGEST_MILLIS, defaults } = require("./options.js");
const { toPacket } = require("./packet.js");
const { notSupported, reservedEvent } = require("./refusals.js");
const { NO_ROOMS, roomsToJson, withRooms } = require("./rooms.js");
const { showAs } = require("./shown.js");
const { isObserved, sendObserved } = require("./tracing.js");
const { callLater } = require("./unfaked.js");

const RESERVED_EVENTS = new Set(defaults.reservedEvents);
const RESERVED_SERVER_EVENTS = new Set(defaults.reservedServerEvents);

const NO_FLAGS = Object.freeze({});

/** Checks `[event, ...args]`, and makes it a packet. */
const writePacket = (packet, reserved) => {
  const ev = packet[0];
  if (typeof ev !== "string") throw invalidType("the event", "a string", ev);
  if (reserved.has(ev)) {
    throw reservedEvent(ev);
  }
  return toPacket(packet);
};

const checkBoolean = (name, value) => {
  if (typeof value !== "boolean") throw invalidType(name, "a boolean", value);
  return value;
};

const writeRooms = (rooms) => roomsToJson(withRooms(NO_ROOMS, rooms));

const checkMillis = (millis) => {
  if (typeof millis !== "number") throw invalidType("timeout", "a number", millis);
  if (!(millis >= 1 && millis <= LONGEST_MILLIS)) {
    throw invalidValue(`timeout must be from 1 to ${LONGEST_MILLIS}, in milliseconds`);
  }
  return millis;
};

const callbackError = () => invalidValue("the answers come by the promise, not by a callback");

const hasCallback = (packet) => typeof packet[packet.length - 1] === "function";

/**
 * The sending calls: the kind of their messages, whether their first argument is an event's name, and how
 * arguments become a body.
 */
const CALLS = Object.freeze({
  emit: {
    method: "emit",
    kind: Kind.broadcast,
    isEvent: true,
    body: (packet) => writePacket(packet, RESERVED_EVENTS),
  },
  socketsJoin: { method: "socketsJoin", kind: Kind.socketsJoin, body: writeRooms },
  socketsLeave: { method: "socketsLeave", kind: Kind.socketsLeave, body: writeRooms },
  disconnectSockets: {
    method: "disconnectSockets",
    kind: Kind.disconnectSockets,
    body: ([close = false]) => String(checkBoolean("close", close)),
  },
  serverSideEmit: {
    method: "serverSideEmit",
    kind: Kind.serverSideEmit,
    isEvent: true,
    body: (packet) => writePacket(packet, RESERVED_SERVER_EVENTS),
  },
});

const asTheyAre = (responses) => responses;

/** The requests: their messages, and what becomes of the answers. */
const REQUESTS = Object.freeze({
  emitWithAck: { ...CALLS.emit, method: "emitWithAck", read: asTheyAre },
  serverSideEmitWithAck: {
    ...CALLS.serverSideEmit,
    method: "serverSideEmitWithAck",
    read: asTheyAre,
  },
  fetchSockets: {
    method: "fetchSockets",
    kind: Kind.fetchSockets,
    body: () => "",
    read: (sockets, everyone) => {
      // Loaded when first needed: most emitters ask nothing.
      const { RemoteSocket } = require("./remote-socket.js");
      return sockets.map((socket) => new RemoteSocket(everyone, socket));
    },
  },
});

// Symbols and no private fields, so that a comparison finds them; the namespace has its emitter's `IDENTITY`.
const NAMESPACE = Symbol("namespace");
const ROOMS = Symbol("rooms");
const EXCEPT = Symbol("except");
const FLAGS = Symbol("flags");
const TIMEOUT = Symbol("timeout");

/** The sockets that a message is for. Immutable: each call gives a new operator. */
class BroadcastOperator {
  #publisher;

  // The arguments are no object, since this runs for each `to()`.
  constructor(
    publisher,
    namespace,
    rooms = NO_ROOMS,
    except = NO_ROOMS,
    flags = NO_FLAGS,
    timeout = defaults.requestTimeoutMillis,
  ) {
    this.#publisher = publisher;
    this[NAMESPACE] = namespace;
    this[ROOMS] = rooms;
    this[EXCEPT] = except;
    this[FLAGS] = flags;
    this[TIMEOUT] = timeout;
  }

  static {
    showAs(BroadcastOperator, (operator) => ({
      nsp: operator[NAMESPACE].name,
      rooms: operator[ROOMS],
      except: operator[EXCEPT],
      ...operator[FLAGS],
    }));
  }

  to(...rooms) {
    return this.#with(withRooms(this[ROOMS], rooms), this[EXCEPT], this[FLAGS]);
  }

  in(...rooms) {
    return this.to(...rooms);
  }

  except(...rooms) {
    return this.#with(this[ROOMS], withRooms(this[EXCEPT], rooms), this[FLAGS]);
  }

  get volatile() {
    return this.#with(this[ROOMS], this[EXCEPT], { ...this[FLAGS], volatile: true });
  }

  compress(compress) {
    const flags = { ...this[FLAGS], compress: checkBoolean("compress", compress) };
    return this.#with(this[ROOMS], this[EXCEPT], flags);
  }

  timeout(millis) {
    return this.#with(this[ROOMS], this[EXCEPT], this[FLAGS], checkMillis(millis));
  }

  emit(...packet) {
    if (hasCallback(packet)) return this.#requestWithCallback(REQUESTS.emitWithAck, packet);
    return this.#call(CALLS.emit, packet);
  }

  emitWithAck(...packet) {
    if (hasCallback(packet)) return this.#refuse(callbackError(), packet);
    return this.#request(REQUESTS.emitWithAck, packet).answered;
  }

  fetchSockets() {
    return this.#request(REQUESTS.fetchSockets, []).answered;
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
    if (hasCallback(packet)) {
      return this.#requestWithCallback(REQUESTS.serverSideEmitWithAck, packet);
    }
    return this.#call(CALLS.serverSideEmit, packet);
  }

  serverSideEmitWithAck(...packet) {
    if (hasCallback(packet)) return this.#refuse(callbackError(), packet);
    return this.#request(REQUESTS.serverSideEmitWithAck, packet).answered;
  }

  statement(method, ...args) {
    if (typeof method !== "string") throw invalidType("the method", "a string", method);
    if (!Object.hasOwn(CALLS, method)) {
      throw invalidValue(`the method must be one of ${Object.keys(CALLS).join(", ")}`);
    }
    if (hasCallback(args)) throw notSupported("a callback");
    const { kind, body } = CALLS[method];
    return this.#publisher.statement(this[NAMESPACE], kind, this.#opts(kind), body(args));
  }

  #with(rooms, except, flags, timeout = this[TIMEOUT]) {
    return new BroadcastOperator(this.#publisher, this[NAMESPACE], rooms, except, flags, timeout);
  }

  #refuse(error, [event]) {
    return this.#publisher.refuse(error, this[NAMESPACE], event);
  }

  /** Sends a request: returns promises of its publication, and of its answers. */
  #request(request, args, hasCallback = false) {
    const requestId = this.#publisher.newRequestId();
    const write = () => ({
      kind: request.kind,
      opts: this.#opts(request.kind),
      body: request.body(args),
      requestId,
    });
    const read = (responses) =>
      request.read(responses, new BroadcastOperator(this.#publisher, this[NAMESPACE]));
    const event = request.isEvent ? args[0] : undefined;
    let answered;
    const ask = (message) => {
      const { method } = request;
      const isToldAlone = hasCallback || isObserved();
      const millis = this[TIMEOUT];
      const how = { method, event, millis, read, hasCallback, isToldAlone };
      const asked = this.#publisher.request(this[NAMESPACE], message, how);
      answered = asked.answered;
      return asked.published;
    };
    let published;
    if (isObserved()) {
      published = this.#send(request, args, write, ask);
    } else {
      try {
        published = ask(write());
      } catch (error) {
        published = this.#refuse(error, args);
      }
    }
    // A request that was refused has no answers of its own.
    answered ??= published;
    return { published, answered };
  }

  /**
   * Sends a request whose last argument is called once, with an error or nothing, and the answers that came.
   */
  #requestWithCallback(request, packet) {
    const callback = packet.pop();
    const { published, answered } = this.#request(request, packet, true);
    // The callback runs outside the promise: what it throws is an `uncaughtException`, as in any callback.
    const call = (error, responses) => callLater(() => callback(error, responses));
    answered.then(
      (responses) => call(null, responses),
      (error) => call(error, error?.responses ?? []),
    );
    return published;
  }

  #call(call, args) {
    const { kind, body } = call;
    if (isObserved()) {
      return this.#send(call, args, () => ({ kind, opts: this.#opts(kind), body: body(args) }));
    }
    // The same as `#send`, without its objects.
    const event = call.isEvent ? args[0] : undefined;
    try {
      return this.#publisher.send(this[NAMESPACE], kind, this.#opts(kind), body(args), event);
    } catch (error) {
      return this.#publisher.refuse(error, this[NAMESPACE], event);
    }
  }

  /** Sends the message that `write` gives, or fails with what it throws. */
  #send({ method, isEvent }, [event], write, send) {
    const call = {
      method,
      event: isEvent ? event : undefined,
      rooms: this[ROOMS],
      except: this[EXCEPT],
    };
    return sendObserved(this.#publisher, this[NAMESPACE], call, write, send);
  }

  /** The sockets that a message is for, as `Outgoing` has them. */
  #opts(kind) {
    if (kind === Kind.serverSideEmit) return "";
    const targets = `${roomsToJson(this[ROOMS])}\t${roomsToJson(this[EXCEPT])}`;
    if (kind !== Kind.broadcast && kind !== Kind.fetchSockets) return targets;
    const flags = this[FLAGS] === NO_FLAGS ? "{}" : JSON.stringify(this[FLAGS]);
    return `${targets}\t${flags}`;
  }
}

module.exports = { BroadcastOperator, RESERVED_EVENTS };
