"use strict";

const { ListenerPlan, Publisher: NativePublisher } = require("../binding.js");
const { answersOf, listeningError } = require("./answers.js");
const { Deliveries } = require("./deliveries.js");
const { about, closed, fromNative, native } = require("./errors.js");
const { handled } = require("./handled.js");
const { hold, release } = require("./keep-alive.js");
const { Kind, toMessage } = require("./message.js");
const { inlineBytesOf } = require("./options.js");
const { ownPromise } = require("./own-promise.js");
const { encode } = require("./parser.js");
const { Relay } = require("./relay.js");
const { Statements } = require("./statements.js");
const { microtask } = require("./unfaked.js");
const { weakly } = require("./weakly.js");

/** What is handed over at once: so many messages, or so many UTF-16 code units. */
const MAX_BATCH = 256;
const MAX_BATCH_LENGTH = 65_536;

/** Tells the caller of the connection's state. */
class StateObserver {
  #isClosed = false;

  constructor(onStateChange) {
    this.onStateChange = onStateChange;
  }

  /** The end is told by `close()` before it resolves; the native side tells of it, too. */
  changed(state, cause) {
    if (this.#isClosed) return;
    this.#isClosed = state === "closed";
    this.onStateChange?.({ state, cause: cause ? fromNative(cause) : undefined });
  }
}

/** How to listen for answers, where that is not how to publish: read at once, for what is wrong to show. */
const listenerPlan = (connection) => {
  if (connection === undefined) return undefined;
  try {
    return native(() => new ListenerPlan(connection.settings, connection.askPassword));
  } catch (error) {
    throw about("options.listenConnection", error);
  }
};

/** In UTF-16 code units: a longer body is handed over by itself, for V8 copies it to join it. */
const LONG_BODY = 8_192;

/**
 * Hands messages to the native side, in their order: those of one run of JavaScript together, as one
 * text in one call. An emitter and its `of()` siblings share one.
 */
class Publisher {
  #native;
  #deliveries;
  #parser;
  #threshold;
  #inlineBytes;
  #statements;
  #closing;
  // Held here alone: the native side knows it weakly.
  #stateObserver;
  #errorHandler;
  #signal;
  #onAbort = weakly(this, "abort");

  // The batch that waits to be handed over.
  #number = 0;
  #batch;
  #namespace;
  #text = "";
  #scheduled = false;
  #onMicrotask = () => {
    this.#scheduled = false;
    this.#handOver();
  };

  constructor(
    connection,
    { parser, errorHandler, onStateChange, signal, listenConnection, ...options },
  ) {
    this.#deliveries = new Deliveries(errorHandler);
    this.#errorHandler = errorHandler;
    this.#stateObserver = new StateObserver(onStateChange);
    this.#parser = parser;
    // Beyond NOTIFY's own limit it makes no difference, and this many fit into 32 bits.
    options.payloadThreshold = Math.min(options.payloadThreshold, 2 ** 31);
    this.#threshold = options.payloadThreshold;
    this.#inlineBytes = inlineBytesOf(options);
    this.#statements = new Statements({ parser, ...options });
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
    if (signal?.aborted) {
      this.abort();
    } else if (signal) {
      this.#signal = signal;
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  get state() {
    return this.#native.state;
  }

  /** Where it connects to, for people to read: `host` with its port, or several, and `database`. */
  get target() {
    return { host: this.#native.servers.join(", "), database: this.#native.database };
  }

  /**
   * Sends a message.
   *
   * @param {Namespace} namespace
   * @param {string} kind - its number, as text
   * @param {string} opts - JSON
   * @param {Packet} body - JSON; only of a packet something may be set aside
   * @param {string} [event] - its name, for errors
   * @returns {Promise<void>}
   */
  send(namespace, kind, opts, body, event) {
    if (this.#closing !== undefined) return this.refuse(closed(), namespace, event);
    if (typeof body !== "string") return this.#sendAside(namespace, kind, opts, body, event);
    if (
      this.#parser !== undefined &&
      !namespace.isInline(this.#threshold, Number(kind), opts, body)
    ) {
      return this.#sendEncoded(namespace, kind, opts, body, event);
    }
    if (body.length > LONG_BODY) {
      return this.#sendAlone(namespace, event, (number) =>
        this.#native.publishAlone(number, namespace, Number(kind), opts, body),
      );
    }
    if (namespace !== this.#namespace) this.#handOver();
    if (this.#batch === undefined) this.#open(namespace);
    // As `src/wire/handover.rs` reads it.
    this.#text += `${kind}${opts}\n${body}\n`;
    const promise = this.#batch.add(event);
    if (this.#batch.size === MAX_BATCH || this.#text.length > MAX_BATCH_LENGTH) this.#handOver();
    return promise;
  }

  /** An id that no other request has. */
  newRequestId() {
    return this.#native.newRequestId();
  }

  /**
   * Sends a message that asks for answers, and collects them. It is sent at once if the servers are
   * known, so that it keeps its place in the order.
   *
   * @param {{ kind: string, opts: string, body: Packet }} message
   * @param {object} how - `requestId`; `event`, its name, for errors; `millis`, how long to wait for
   * answers once it is published; `read`, what is made of them
   * @returns {{ published: Promise<void>, answered: Promise<unknown[]> }}
   */
  request(namespace, { kind, opts, body }, { requestId, event, millis, read }) {
    if (this.#closing !== undefined) {
      const refused = this.refuse(closed(), namespace, event);
      return { published: refused, answered: refused };
    }
    // Before it is sent: what the parser fails with is no failure of a batch.
    const payload = this.#encodedRequest(namespace, kind, opts, body);
    let outcome;
    const published = this.#sendAlone(namespace, event, (batch) => {
      const request = { kind: Number(kind), opts, batch, id: requestId, millis };
      if (payload !== undefined) {
        outcome = this.#native.requestEncoded(request, namespace, payload);
      } else if (typeof body === "string") {
        outcome = this.#native.request(request, namespace, body);
      } else {
        outcome = this.#native.request(request, namespace, body.text, body);
      }
    });
    if (outcome === undefined) return { published, answered: published };
    const answered = answersOf(outcome, published, read, (failure) => this.#causeOf(failure));
    return { published, answered: this.#holding(answered) };
  }

  /** How many servers there are, by their signs of life. */
  serverCount(namespace) {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    const counted = ownPromise(this.#native.serverCount(namespace)).then((count) => {
      if (typeof count === "number") return count;
      throw count.code === "ABORT_ERR"
        ? this.#signal?.reason
        : listeningError(count, this.#causeOf(count));
    });
    return this.#holding(counted);
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
    return this.#askNative(() => this.#native.connect());
  }

  ensureTable() {
    return this.#askNative(() => this.#native.ensureTable());
  }

  ensureOutbox() {
    return this.#askNative(() => this.#native.ensureOutbox());
  }

  /** Creates the functions of SQL, with the statement that does it. */
  ensureFunctions(sql) {
    return this.#askNative(() => this.#native.ensureFunctions(sql));
  }

  /** What is in the outbox, with up to `limit` of the rows that are set aside. */
  outboxStatus(limit) {
    return this.#ask(async () => {
      const status = await this.#native.outboxStatus(limit);
      if ("code" in status) throw fromNative(status);
      return { ...status, setAside: Array.from(status.setAside, (row) => ({ ...row })) };
    });
  }

  /** Rows that are set aside go again, or are removed: these or all. Resolves with how many. */
  settleSetAside(again, ids) {
    return this.#ask(async () => {
      const rows = await this.#native.settleSetAside(again, ids);
      if (typeof rows !== "number") throw fromNative(rows);
      return rows;
    });
  }

  /** Starts a relay of the outbox. */
  relay(options) {
    if (this.#closing !== undefined) throw closed();
    return new Relay((...how) => this.#native.relay(...how), options, this.#errorHandler);
  }

  /** Resolves when what was sent until now is settled. */
  flush() {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    this.#handOver();
    return this.#deliveries.settled();
  }

  close() {
    return this.#close(false);
  }

  /** What waits for answers is rejected; with the signal's reason, when it `aborts`, what was not sent. */
  #close(aborts) {
    if (this.#closing === undefined) {
      this.#signal?.removeEventListener("abort", this.#onAbort);
      this.#handOver();
      this.#native.closeRequests(aborts);
      this.#closing = this.flush()
        .then(() => this.#native.close())
        .then(() => this.#stateObserver.changed("closed"));
    }
    return this.#closing;
  }

  /** Closes; what had not been sent is rejected with the signal's reason. */
  abort() {
    this.#deliveries.abort(this.#signal?.reason);
    const closing = this.#close(true);
    this.#native.abort();
    return closing;
  }

  /** What has been sent so far. */
  stats() {
    const stats = { ...this.#native.stats() };
    stats.failed += this.#deliveries.refused;
    stats.inFlight += this.#batch?.size ?? 0;
    return stats;
  }

  /** From how many bytes on a message goes through the table. */
  get inlineBytes() {
    return this.#inlineBytes;
  }

  /** How full the server's notification queue is, from 0 to 1. */
  queueUsage() {
    return this.#ask(async () => {
      const usage = await this.#native.queueUsage();
      if (typeof usage !== "number") throw fromNative(usage);
      return usage;
    });
  }

  #open(namespace) {
    const { number, batch } = this.#deliveries.open(namespace);
    this.#number = number;
    this.#batch = batch;
    this.#namespace = namespace;
    if (!this.#scheduled) {
      this.#scheduled = true;
      microtask(this.#onMicrotask);
    }
  }

  #handOver() {
    const batch = this.#batch;
    if (batch === undefined) return;
    const number = this.#number;
    const text = this.#text;
    this.#batch = undefined;
    this.#text = "";
    try {
      this.#native.publish(number, this.#namespace, batch.size, text);
    } catch (error) {
      this.#deliveries.fail(number, fromNative(error));
    }
  }

  /** Sends one message in a batch of its own, in its place in the order. */
  #sendAlone(namespace, event, handOver) {
    this.#handOver();
    const { number, batch } = this.#deliveries.open(namespace);
    const promise = batch.add(event);
    try {
      handOver(number);
    } catch (error) {
      this.#deliveries.fail(number, fromNative(error));
    }
    return promise;
  }

  #sendAside(namespace, kind, opts, packet, event) {
    if (this.#parser !== undefined) return this.#sendEncoded(namespace, kind, opts, packet, event);
    return this.#sendAlone(namespace, event, (number) =>
      this.#native.publishAlone(number, namespace, Number(kind), opts, packet.text, packet),
    );
  }

  /** A request as the caller's own parser encodes it, if it does. */
  #encodedRequest(namespace, kind, opts, body) {
    // What asks for sockets carries nothing of the caller's.
    if (this.#parser === undefined || kind === Kind.FETCH_SOCKETS) return undefined;
    const isText = typeof body === "string";
    if (isText && namespace.isInline(this.#threshold, Number(kind), opts, body)) return undefined;
    return encode(this.#parser, toMessage(namespace.name, Number(kind), opts, body));
  }

  #sendEncoded(namespace, kind, opts, packet, event) {
    let payload;
    try {
      payload = encode(this.#parser, toMessage(namespace.name, Number(kind), opts, packet));
    } catch (error) {
      return this.refuse(error, namespace, event);
    }
    return this.#sendAlone(namespace, event, (number) =>
      this.#native.publishEncoded(number, namespace, Number(kind), payload),
    );
  }

  /** As `#ask`; what it fails with has the frames of whoever awaits it. */
  #askNative(call) {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    this.#handOver();
    const promise = ownPromise(call()).then((failure) => {
      if (!failure) return;
      // Later: V8 follows a promise to who awaits it only where there is one.
      microtask(() => handled(promise));
      throw fromNative(failure);
    });
    return promise;
  }

  /** Why an emitter was closed, if its caller gave a reason. */
  #causeOf({ code }) {
    return code === "ERR_CLOSED" && this.#signal?.aborted ? { cause: this.#signal.reason } : {};
  }

  /** What keeps the process alive until it is settled, and harmless. */
  #holding(promise) {
    hold();
    promise.then(release, release);
    return promise;
  }

  #ask(call) {
    if (this.#closing !== undefined) return handled(Promise.reject(closed()));
    this.#handOver();
    return handled(call());
  }
}

module.exports = { Publisher, Kind };
