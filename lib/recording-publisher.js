"use strict";

const { tellOrigin } = require("./errors.js");
const { statsWithoutConnection } = require("./executor-stats.js");
const { handled } = require("./handled.js");
const { Kind, toMessage } = require("./message.js");
const { closed, notSupported } = require("./refusals.js");
const { CallerStatements } = require("./caller-statements.js");
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
  #isClosed = false;
  #messages = 0;
  #failed = 0;

  /**
   * @param {object[]} sent - where messages are kept
   * @param {object} options - those of an emitter, and `answer`
   * @param {{ outbox: boolean, executor?: unknown }} way - which way messages would go
   */
  constructor(sent, options, way) {
    this.#sent = sent;
    this.#options = options;
    this.#way = way;
    this.#statements = new CallerStatements(options);
  }

  get state() {
    return this.#isClosed ? "closed" : "idle";
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
    if (this.#way.outbox || "executor" in this.#way) {
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
      messages: this.#messages,
      bytes: 0,
      attachments: 0,
      failed: this.#failed,
      inFlight: 0,
    });
  }

  serverCount() {
    return this.#unlessClosed(1);
  }

  queueUsage() {
    return this.#unlessClosed(0);
  }

  outboxStatus() {
    return this.#unlessClosed({ waiting: 0, failed: 0, setAside: [] });
  }

  settleSetAside() {
    return this.#unlessClosed(0);
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
    this.#isClosed = true;
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
      this.#messages++;
      return answer;
    } catch (error) {
      throw this.#fail(error, namespace, event);
    }
  }

  #fail(error, namespace, event) {
    this.#failed++;
    const { errorHandler } = this.#options;
    callLater(() => errorHandler(error, true));
    tellOrigin(error, namespace?.name, event, false);
    return error;
  }

  #unlessClosed(value) {
    return handled(this.#isClosed ? Promise.reject(closed()) : Promise.resolve(value));
  }
}

module.exports = { RecordingPublisher };
