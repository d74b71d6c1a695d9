"use strict";

const { CallerStatements } = require("./caller-statements.js");
const { tellOrigin } = require("./errors.js");
const { statsWithoutConnection } = require("./executor-stats.js");
const { handled } = require("./handled.js");
const { Kind, toMessage } = require("./message.js");
const { closed, notSupported } = require("./refusals.js");
const { callLater } = require("./unfaked.js");

const CALLS = {
  [Kind.broadcast]: "emit",
  [Kind.socketsJoin]: "socketsJoin",
  [Kind.socketsLeave]: "socketsLeave",
  [Kind.disconnectSockets]: "disconnectSockets",
  [Kind.serverSideEmit]: "serverSideEmit",
};

/** The arguments of a call, as servers get them. */
const argumentsOf = (kind, { packet, rooms, close }) => {
  if (kind === Kind.broadcast) return packet.data;
  if (kind === Kind.serverSideEmit) return packet;
  if (kind === Kind.disconnectSockets) return [close];
  return rooms ?? [];
};

/** A body whose bytes are the servers' Buffers, and stay what they are. */
const withBuffers = (body) =>
  typeof body === "string" ? body : { ...body, bytes: body.bytes.map((each) => Buffer.from(each)) };

/** Takes the place of a `ConnectionPublisher` in tests: keeps each message, and sends none. */
class RecordingPublisher {
  #sent;
  #options;
  #way;
  #statements;
  /** Shared by those that would send on the same connection: closing one closes all. */
  #shared;

  /**
   * @param {object[]} sent - where messages are kept
   * @param {object} options - those of an emitter, and `answer`
   * @param {{ outbox: boolean, executor?: unknown }} way - which way messages would go
   * @param {RecordingPublisher} [sibling] - one that would send on the same connection
   */
  constructor(sent, options, way, sibling = undefined) {
    this.#sent = sent;
    this.#options = options;
    this.#way = way;
    this.#statements = new CallerStatements(options);
    this.#shared = sibling ? sibling.#shared : { isClosed: false, messages: 0, failed: 0 };
  }

  get state() {
    return this.#isClosed ? "closed" : "idle";
  }

  get #isClosed() {
    return this.#shared.isClosed || this.#options.signal?.aborted === true;
  }

  get #hasExecutor() {
    return "executor" in this.#way;
  }

  /** Servers are asked on a connection of the emitter's own. */
  get #givesNoAnswer() {
    return this.#way.outbox || this.#hasExecutor;
  }

  /** There is no server. */
  get target() {
    return {};
  }

  /** Whether a message would travel inside the NOTIFY of its statement. */
  isInline(namespace, message) {
    return this.#statements.isInline(namespace, message);
  }

  send(namespace, kind, opts, body, event) {
    return handled(this.#keep(namespace, CALLS[kind], { kind, opts, body }, event).then(() => {}));
  }

  newRequestId() {
    return "";
  }

  request(namespace, message, { method, event, read }) {
    if (this.#givesNoAnswer) {
      const refused = this.refuse(notSupported(method), namespace, event);
      return { published: refused, answered: refused };
    }
    const came = this.#keep(namespace, method, message, event);
    const answered = handled(came.then((answers) => read(answers ?? [])));
    return { published: handled(came.then(() => {})), answered };
  }

  refuse(error, namespace, event) {
    return handled(Promise.reject(this.#fail(error, namespace, event)));
  }

  statement(namespace, kind, opts, body) {
    return this.#statements.of(namespace, kind, opts, body);
  }

  stats() {
    return statsWithoutConnection({
      messages: this.#shared.messages,
      bytes: 0,
      attachments: 0,
      failed: this.#shared.failed,
      inFlight: 0,
    });
  }

  serverCount() {
    if (this.#givesNoAnswer) return this.refuse(notSupported("serverCount"));
    return this.#unlessClosed(1);
  }

  queueUsage() {
    return this.#asked("queueUsage", 0);
  }

  outboxStatus() {
    return this.#asked("outboxStatus", { waiting: 0, failed: 0, setAside: [] });
  }

  settleSetAside(again) {
    return this.#asked(again ? "retrySetAside" : "dropSetAside", 0);
  }

  /** There is nothing to publish. */
  relay() {
    throw notSupported("relay", "a recording emitter");
  }

  connect() {
    return this.#unlessClosed();
  }

  ensureTable() {
    return this.#unlessClosed();
  }

  ensureOutbox() {
    return this.#unlessClosed();
  }

  ensureFunctions() {
    return this.#unlessClosed();
  }

  flush() {
    return this.#unlessClosed();
  }

  async close() {
    this.#shared.isClosed = true;
  }

  /** Keeps a message; returns the promise of the call. */
  async #keep(namespace, call, message, event) {
    try {
      if (this.#isClosed) throw closed();
      const { data } = toMessage(namespace, { ...message, body: withBuffers(message.body) });
      const args = argumentsOf(message.kind, data);
      const kept = {
        call,
        nsp: namespace.name,
        ...(event !== undefined && { event: args.shift() }),
        args,
        rooms: data.opts?.rooms ?? [],
        except: data.opts?.except ?? [],
        flags: data.opts?.flags ?? {},
        ...this.#way,
      };
      this.#sent.push(kept);
      const answer = await this.#options.answer?.(kept);
      this.#shared.messages++;
      return answer;
    } catch (error) {
      throw this.#fail(error, namespace, event);
    }
  }

  #fail(error, namespace, event) {
    this.#shared.failed++;
    const { errorHandler } = this.#options;
    callLater(() => errorHandler(error, true));
    tellOrigin(error, namespace?.name, event, false);
    return error;
  }

  /** What a call is told that an executor's result has no known form for. */
  #asked(call, value) {
    if (!this.#hasExecutor || this.#isClosed) return this.#unlessClosed(value);
    return handled(Promise.reject(notSupported(call)));
  }

  #unlessClosed(value) {
    return handled(this.#isClosed ? Promise.reject(closed()) : Promise.resolve(value));
  }
}

module.exports = { RecordingPublisher };
