"use strict";

const { NativePublisher } = require("../binding.js");
const { Batches } = require("./batches.js");
const { CallerStatements } = require("./caller-statements.js");
const { Deliveries } = require("./deliveries.js");
const { native, orThrow, throwFailure } = require("./errors.js");
const { handled } = require("./handled.js");
const { listenerPlan } = require("./listener-plan.js");
const { inlineBytesOf } = require("./options.js");
const { answerOf } = require("./own-promise.js");
const { encodedForTable } = require("./parser.js");
const { closed } = require("./refusals.js");
const { Relay } = require("./relay.js");
const { Requests } = require("./requests.js");
const { StateObserver } = require("./state-observer.js");
const { onAbort, weakly } = require("./weakly.js");

/** The longest body that is joined to others, in UTF-16 code units: V8 would copy a longer one. */
const LONG_BODY = 8_192;

/**
 * Hands messages to the native side, in their order: those of one run of JavaScript together, as one
 * text in one call. An emitter and its `of()` siblings share one.
 */
class ConnectionPublisher {
  #native;
  #deliveries;
  #batches;
  #parser;
  #requests;
  #statements;
  #closing;
  // The observer, held here alone: the native side holds it weakly.
  #stateObserver;
  #errorHandler;
  #signal;
  #ignoreSignal;

  constructor(
    connection,
    { parser, errorHandler, onStateChange, signal, listenConnection, ...options },
  ) {
    this.#deliveries = new Deliveries(errorHandler);
    this.#errorHandler = errorHandler;
    this.#stateObserver = new StateObserver(onStateChange);
    this.#parser = parser;
    options.payloadThreshold = inlineBytesOf(options);
    this.#statements = new CallerStatements({ parser, ...options });
    const listenPlan = listenerPlan(listenConnection);
    this.#native = native(
      () =>
        new NativePublisher(
          connection.settings,
          options,
          weakly(this.#deliveries, "settle"),
          weakly(this.#stateObserver, "changed"),
          connection.askPassword,
          listenPlan,
        ),
    );
    this.#batches = new Batches(this.#native, this.#deliveries);
    const encoded = parser && ((...message) => encodedForTable(parser, this, ...message));
    this.#requests = new Requests(this.#native, this.#deliveries, this.#batches, {
      encoded,
      signal,
    });
    if (signal?.aborted) {
      this.abort();
    } else if (signal) {
      this.#signal = signal;
      this.#ignoreSignal = onAbort(signal, this, "abort");
    }
  }

  get state() {
    return this.#native.state;
  }

  /** The server, for people to read: `host` with its port, or several, and `database`. */
  get target() {
    return { host: this.#native.servers.join(", "), database: this.#native.database };
  }

  /**
   * Sends a message.
   *
   * The arguments are those of an `Outgoing`, and no object, since this runs for each message.
   *
   * @param {Namespace} namespace
   * @param {string} kind
   * @param {string} opts
   * @param {Packet} body
   * @param {string} [event] - its name, for errors
   * @returns {Promise<void>}
   */
  send(namespace, kind, opts, body, event) {
    if (this.#closing !== undefined) return this.refuse(closed(), namespace, event);
    if (this.#parser !== undefined) {
      const sent = this.#sendEncoded(namespace, { kind, opts, body }, event);
      if (sent !== undefined) return sent;
    }
    if (typeof body !== "string") return this.#sendAside(namespace, kind, opts, body, event);
    if (body.length > LONG_BODY) {
      return this.#batches.addAlone(namespace, event, (number) =>
        this.#native.publishAlone(number, namespace, Number(kind), opts, body),
      );
    }
    return this.#batches.add(namespace, kind, opts, body, event);
  }

  /** An id that no other request has. */
  newRequestId() {
    return this.#native.newRequestId();
  }

  /**
   * Sends a message that asks for answers, and collects them: see `Requests.send`.
   *
   * @returns {{ published: Promise<void>, answered: Promise<unknown[]> }}
   */
  request(namespace, message, how) {
    if (this.#closing === undefined) return this.#requests.send(namespace, message, how);
    const refused = this.refuse(closed(), namespace, how.event);
    return { published: refused, answered: refused };
  }

  /** How many servers there are, by their signs of life. */
  serverCount(namespace) {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    return this.#requests.serverCount(namespace);
  }

  /** The statement of a message, with the arguments of `send`; nothing is sent. */
  statement(namespace, kind, opts, body) {
    return this.#statements.of(namespace, kind, opts, body);
  }

  /** A rejected promise: nothing was sent. */
  refuse(error, namespace, event) {
    return this.#deliveries.refuse(error, namespace, event);
  }

  connect() {
    return this.#ask(() => this.#native.connect());
  }

  ensureTable() {
    return this.#ask(() => this.#native.ensureTable());
  }

  ensureOutbox() {
    return this.#ask(() => this.#native.ensureOutbox());
  }

  /** Creates the functions in PostgreSQL by this SQL. */
  ensureFunctions(sql) {
    return this.#ask(() => this.#native.ensureFunctions(sql));
  }

  /** Resolves with the contents of the outbox, and up to `limit` of the rows that are set aside. */
  outboxStatus(limit) {
    const read = (answer) => {
      const status = orThrow(answer);
      return { ...status, setAside: Array.from(status.setAside, (row) => ({ ...row })) };
    };
    return this.#ask(() => this.#native.outboxStatus(limit), read);
  }

  /**
   * Puts rows that are set aside, the given ones or all, back in line, or removes them. Resolves with how
   * many.
   */
  settleSetAside(again, ids) {
    return this.#ask(() => this.#native.settleSetAside(again, ids), orThrow);
  }

  /** Starts a relay of the outbox. */
  relay(options) {
    if (this.#closing !== undefined) throw closed();
    const start = (...how) => this.#native.relay(...how);
    return new Relay(start, options, this.#errorHandler, this.target);
  }

  /** Resolves when every message sent until now is settled. */
  flush() {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    return this.#batches.flush();
  }

  close() {
    return this.#close(false);
  }

  /** Closes. Requests are rejected; those that were not sent with the signal's reason, when it `aborts`. */
  #close(aborts) {
    if (this.#closing === undefined) {
      this.#ignoreSignal?.();
      this.#batches.handOver();
      this.#native.closeRequests(aborts);
      this.#closing = this.flush()
        .then(() => this.#native.close())
        .then(() => this.#stateObserver.changed("closed"));
    }
    return this.#closing;
  }

  /** Closes; messages that were not sent are rejected with the signal's reason. */
  abort() {
    this.#deliveries.abort(this.#signal?.reason);
    const closing = this.#close(true);
    this.#native.abort();
    return closing;
  }

  /** The messages sent so far. */
  stats() {
    const stats = { ...this.#native.stats() };
    stats.failed += this.#deliveries.refused;
    stats.inFlight += this.#batches.waiting;
    return stats;
  }

  /** Whether a message travels inside the NOTIFY. */
  isInline(namespace, { kind, opts, body, requestId }) {
    if (typeof body !== "string") return false;
    return this.#native.isInline(namespace, Number(kind), opts, body, requestId);
  }

  /** How full the server's notification queue is, from 0 to 1. */
  queueUsage() {
    return this.#ask(() => this.#native.queueUsage(), orThrow);
  }

  #sendAside(namespace, kind, opts, packet, event) {
    return this.#batches.addAlone(namespace, event, (number) =>
      this.#native.publishAlone(number, namespace, Number(kind), opts, packet.text, packet),
    );
  }

  /** Sends a message that the caller's own parser has to encode; undefined for one that it has not. */
  #sendEncoded(namespace, message, event) {
    let payload;
    try {
      payload = encodedForTable(this.#parser, this, namespace, message);
    } catch (error) {
      return this.refuse(error, namespace, event);
    }
    if (payload === undefined) return undefined;
    return this.#batches.addAlone(namespace, event, (number) =>
      this.#native.publishEncoded(number, namespace, Number(message.kind), payload),
    );
  }

  /** Calls the native side, after every message sent until now. */
  #ask(call, read = throwFailure) {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    this.#batches.handOver();
    return answerOf(call(), (answer) => {
      // The native side knows no reasons.
      if (answer?.code === "ABORT_ERR") throw this.#signal?.reason;
      return read(answer);
    });
  }
}

module.exports = { ConnectionPublisher };
