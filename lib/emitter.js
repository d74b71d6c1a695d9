"use strict";

const { Namespace } = require("../binding.js");
const { BroadcastOperator } = require("./broadcast-operator.js");
const { ConnectionPublisher } = require("./connection-publisher.js");
const { readConnection } = require("./connection.js");
const { about, invalidType, invalidValue, native } = require("./errors.js");
const { ensureFunctionsSql } = require("./functions.js");
const { handledCall } = require("./handled.js");
const { checkText, defaults, isMissing, readOptions } = require("./options.js");
const { IDENTITY, showAs } = require("./shown.js");

const readListenConnection = (connection) => {
  try {
    return readConnection(connection);
  } catch (error) {
    throw about("options.listenConnection", error);
  }
};

/** How many rows `outboxStatus` lists. */
const limitOf = (limit) => {
  if (isMissing(limit)) return defaults.setAsideRows;
  if (typeof limit !== "number") throw invalidType("limit", "a number", limit);
  if (!Number.isInteger(limit) || limit < 0 || limit > defaults.maxSetAsideRows) {
    throw invalidValue(`limit must be an integer from 0 to ${defaults.maxSetAsideRows}`);
  }
  return limit;
};

/** Ids of rows, as texts; `undefined` for all rows. */
const idsOf = (ids) => {
  if (isMissing(ids)) return undefined;
  if (!Array.isArray(ids)) throw invalidType("ids", "an array", ids);
  return ids.map((id) => {
    const text = String(id);
    if (!/^-?\d{1,19}$/.test(text)) throw invalidValue("ids must be those of rows: integers");
    return text;
  });
};

let count = 0;

/** The parts that an emitter and its `of()` siblings share. */
class Shared {
  /** An id that no other has. */
  id = ++count;

  constructor(options, publisher, throughOutbox = false) {
    this.options = options;
    this.publisher = publisher;
    this.throughOutbox = throughOutbox;
  }

  static connecting(connection, given) {
    const options = readOptions(given);
    const settings = readConnection(connection);
    const listenConnection = isMissing(given?.listenConnection)
      ? undefined
      : readListenConnection(given.listenConnection);
    return new Shared(options, new ConnectionPublisher(settings, { ...options, listenConnection }));
  }

  static using(executor, options, throughOutbox) {
    // Loaded when first needed: most emitters send on their own connection.
    const { ExecutorPublisher } = require("./executor-publisher.js");
    return new Shared(options, new ExecutorPublisher(executor, options), throughOutbox);
  }

  /** The same, sending on a connection of the caller's. */
  on(executor, throughOutbox) {
    return Shared.using(executor, this.options, throughOutbox);
  }

  /** The same, sending through the outbox. */
  outbox() {
    const { OutboxPublisher } = require("./outbox-publisher.js");
    return new Shared(this.options, new OutboxPublisher(this.publisher), true);
  }
}

const nameOf = (nsp) => {
  if (isMissing(nsp)) return "/";
  if (typeof nsp === "object") throw invalidType("nsp", "a string, before the options", nsp);
  return checkText("nsp", nsp);
};

/** Sends messages to the Socket.IO servers of a cluster; `index.d.ts` documents each call. */
class Emitter {
  #shared;
  #namespace;
  #everyone;

  constructor(...args) {
    // No arguments mean the PG… variables; an explicit `undefined` is a mistake.
    const [connection, nsp, options = {}] = args.length === 0 ? [null] : args;
    const name = nameOf(nsp);
    const shared =
      connection instanceof Shared ? connection : Shared.connecting(connection, options);
    this.#shared = shared;
    this.#namespace = native(
      () => new Namespace(shared.options.channelPrefix, name, shared.throughOutbox),
    );
    this[IDENTITY] = `${shared.id} ${this.#namespace.name}`;
    this.#namespace[IDENTITY] = this[IDENTITY];
    this.#everyone = new BroadcastOperator(shared.publisher, this.#namespace);
  }

  static using(executor, nsp, options = {}) {
    return new Emitter(Shared.using(executor, readOptions(options)), nsp);
  }

  static outbox(executor, nsp, options = {}) {
    return new Emitter(Shared.using(executor, readOptions(options), true), nsp);
  }

  static {
    showAs(Emitter, (emitter) => {
      const { nsp, channel, state } = emitter;
      return { nsp, channel, state, ...emitter.#shared.publisher.target };
    });
  }

  get nsp() {
    return this.#namespace.name;
  }

  get channel() {
    return this.#namespace.channel;
  }

  get tableName() {
    return this.#shared.options.tableName;
  }

  get outboxTable() {
    return this.#shared.options.outboxTable;
  }

  get payloadThreshold() {
    return this.#shared.options.payloadThreshold;
  }

  get broadcastOptions() {
    const { nsp, channel: broadcastChannel, tableName, payloadThreshold } = this;
    return { nsp, broadcastChannel, tableName, payloadThreshold };
  }

  get state() {
    return this.#shared.publisher.state;
  }

  of(nsp) {
    return new Emitter(this.#shared, checkText("nsp", nsp));
  }

  using(executor) {
    return new Emitter(this.#shared.on(executor), this.nsp);
  }

  outbox(executor) {
    const shared = executor === undefined ? this.#shared.outbox() : this.#shared.on(executor, true);
    return new Emitter(shared, this.nsp);
  }

  to(...rooms) {
    return this.#everyone.to(...rooms);
  }

  in(...rooms) {
    return this.#everyone.to(...rooms);
  }

  except(...rooms) {
    return this.#everyone.except(...rooms);
  }

  get volatile() {
    return this.#everyone.volatile;
  }

  compress(compress) {
    return this.#everyone.compress(compress);
  }

  timeout(millis) {
    return this.#everyone.timeout(millis);
  }

  emit(...packet) {
    return this.#everyone.emit(...packet);
  }

  emitWithAck(...packet) {
    return this.#everyone.emitWithAck(...packet);
  }

  fetchSockets() {
    return this.#everyone.fetchSockets();
  }

  socketsJoin(...rooms) {
    return this.#everyone.socketsJoin(...rooms);
  }

  socketsLeave(...rooms) {
    return this.#everyone.socketsLeave(...rooms);
  }

  disconnectSockets(close) {
    return this.#everyone.disconnectSockets(close);
  }

  serverSideEmit(...packet) {
    return this.#everyone.serverSideEmit(...packet);
  }

  serverSideEmitWithAck(...packet) {
    return this.#everyone.serverSideEmitWithAck(...packet);
  }

  serverCount() {
    return this.#shared.publisher.serverCount(this.#namespace);
  }

  statement(method, ...args) {
    return this.#everyone.statement(method, ...args);
  }

  ensureTable() {
    return this.#shared.publisher.ensureTable();
  }

  ensureOutbox() {
    return this.#shared.publisher.ensureOutbox();
  }

  ensureFunctions(options) {
    const { publisher, options: own } = this.#shared;
    return handledCall(() => publisher.ensureFunctions(ensureFunctionsSql(options, own)));
  }

  outboxStatus(limit) {
    return handledCall(() => this.#shared.publisher.outboxStatus(limitOf(limit)));
  }

  retrySetAside(ids) {
    return handledCall(() => this.#shared.publisher.settleSetAside(true, idsOf(ids)));
  }

  dropSetAside(ids) {
    return handledCall(() => this.#shared.publisher.settleSetAside(false, idsOf(ids)));
  }

  relay(options) {
    return this.#shared.publisher.relay(options ?? {});
  }

  connect() {
    return this.#shared.publisher.connect();
  }

  stats() {
    return this.#shared.publisher.stats();
  }

  queueUsage() {
    return this.#shared.publisher.queueUsage();
  }

  flush() {
    return this.#shared.publisher.flush();
  }

  close() {
    return this.#shared.publisher.close();
  }
}

// Up to Node 22 a `vm` context, in which Jest runs its tests, has no Symbol.asyncDispose.
if (Symbol.asyncDispose) {
  Object.defineProperty(Emitter.prototype, Symbol.asyncDispose, {
    value: Emitter.prototype.close,
    configurable: true,
    writable: true,
  });
}

module.exports = { Emitter, Shared };
