"use strict";

const { ignore } = require("../guarded.js");
const { withResolvers } = require("../with-resolvers.js");
const AnswerType = require("./answer-type.js");
const { waitAwake } = require("./awake.js");
const { Request } = require("./request.js");
const { Servers } = require("./servers.js");

/** How often those that wait look for servers that have fallen silent, in milliseconds. */
const SWEEP_EVERY = 500;

/**
 * How long a server that starts has to answer, before it is asked again, in milliseconds: twice as
 * long each time, until it would have spoken by itself (adapters do every five seconds).
 */
const FIRST_PAUSE = 50;
const LAST_PAUSE = 3_200;

/** The servers of one namespace, and the requests they have not answered yet. */
class Cluster {
  #session;
  #servers;
  #askForLife;
  #discoveryMillis;
  /** Those that have said that they start, and not yet that they listen. */
  #starting = new Set();
  #requests = new Map();
  /** Those that have heard something, or miss one server less, by id. */
  #changed = new Map();
  #sweeper;
  #rollCall;
  /** Why nothing more is heard. */
  #ended;

  /**
   * @param {Session} session - where answers wait until it reads them
   * @param {() => Promise<void>} askForLife - asks all servers for a sign of life
   * @param {object} options - `discoveryMillis`, how long to wait for it; `heartbeatTimeoutMillis`,
   * the silence after which a server has to give one
   */
  constructor(session, askForLife, { discoveryMillis, heartbeatTimeoutMillis }) {
    this.#session = session;
    this.#askForLife = askForLife;
    this.#discoveryMillis = discoveryMillis;
    this.#servers = new Servers(heartbeatTimeoutMillis);
  }

  /** Asks all servers for a sign of life, and gives them time for it. */
  async discover() {
    await this.#askForLife();
    await waitAwake(this.#discoveryMillis);
    this.#session.read();
  }

  /** How many servers there are. */
  async serverCount() {
    this.#session.read();
    await this.#checkSilent();
    return this.#servers.count;
  }

  /**
   * Sends a request, before it returns, and collects the answers.
   *
   * @param {string} id - the `requestId`
   * @param collector - what is collected, from `collectors.js`
   * @param {number} millis - how long to wait for answers
   * @param {() => Promise<void>} publish
   * @returns {Promise<unknown[]>} rejected with `ERR_ACK_TIMEOUT` and the `responses` that came
   */
  request(id, collector, millis, publish) {
    // Whoever has given a sign of life until now is waited for.
    this.#session.read();
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    collector.expect(this.#servers.uids);
    const { promise, resolve, reject } = withResolvers();
    const settle = (error, responses) => {
      this.#requests.delete(id);
      this.#changed.delete(id);
      this.#session.forget(id);
      if (this.#requests.size === 0) clearInterval(this.#sweeper);
      if (error === undefined) resolve(responses);
      else reject(error);
    };
    const request = new Request(collector, millis, () => this.#session.read(), settle);
    if (this.#requests.size === 0) this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY);
    this.#requests.set(id, request);
    this.#session.awaitAnswers(id, collector.missing);
    publish().then(
      () => request.published(),
      (error) => request.failed(error),
    );
    this.#checkSilent().catch(ignore);
    return promise;
  }

  /** A server has said something, at a time of `performance.now()`. */
  hear(message, at) {
    if (this.#isNews(message)) this.#servers.heard(message.uid, at);
    this.answer(message);
  }

  /** All that waited has been heard. */
  allHeard() {
    for (const [id, request] of this.#changed) this.#session.awaitAnswers(id, request.missing);
    this.#changed.clear();
  }

  /** A server has said goodbye, and will say nothing more. */
  closed(uid) {
    this.#servers.closed(uid);
  }

  /** Nobody waits for a server any more. */
  gone(uid) {
    this.#servers.gone(uid);
    for (const [id, request] of [...this.#requests]) {
      this.#changed.set(id, request);
      request.gone(uid);
    }
    this.allHeard();
  }

  /** An answer; no sign of life, for it can come out of the table when its server is long gone. */
  answer(message) {
    const { data } = message;
    if (typeof data !== "object" || data === null) return;
    const request = this.#requests.get(data.requestId);
    if (request === undefined) return;
    this.#changed.set(data.requestId, request);
    request.hear(message);
  }

  /** An answer could not be read. */
  missed(error) {
    for (const request of this.#requests.values()) request.missed(error);
  }

  /** Whether an answer is awaited. */
  get isWaiting() {
    return this.#requests.size > 0;
  }

  /** No more answers will be heard. */
  end(error) {
    this.#ended = error;
    for (const request of [...this.#requests.values()]) request.end(error);
  }

  /** Nobody waits for answers any more. */
  close(error) {
    this.#ended = error;
    // What is not known to be published yet ends with that.
    clearInterval(this.#sweeper);
    for (const request of [...this.#requests.values()]) request.close(error);
  }

  /** Whether it is from a server that can be counted on. */
  #isNews({ uid, type, attachmentId }) {
    if (this.#servers.has(uid)) return true;
    // The header of an attachment does not say of which namespace it is.
    if (attachmentId !== undefined) return false;
    if (type !== AnswerType.INITIAL_HEARTBEAT) return true;
    this.#askUntilHeard(uid).catch(ignore);
    return false;
  }

  /** A server that starts says so perhaps before it listens: it counts when it has heard us. */
  async #askUntilHeard(uid) {
    this.#starting.add(uid);
    if (this.#starting.size > 1) return;
    try {
      for (let pause = FIRST_PAUSE; pause <= LAST_PAUSE && this.#starting.size > 0; pause *= 2) {
        await this.#askForLife();
        await waitAwake(pause);
        if (this.#ended !== undefined) return;
        this.#session.read();
        for (const each of this.#starting) {
          if (this.#servers.has(each)) this.#starting.delete(each);
        }
      }
    } finally {
      // Also when nobody could be asked: the next one that starts is.
      this.#starting.clear();
    }
  }

  #sweep() {
    this.#session.read();
    this.#checkSilent().catch(ignore);
  }

  /**
   * Forgets the servers that have fallen silent, and stay so when they are asked. The silence alone
   * says nothing: perhaps it was this process that stood still.
   */
  async #checkSilent() {
    if (this.#servers.silentSince(Number.POSITIVE_INFINITY).length === 0) return;
    this.#rollCall ??= this.#callRoll().finally(() => {
      this.#rollCall = undefined;
    });
    await this.#rollCall;
  }

  async #callRoll() {
    const since = performance.now();
    await this.discover();
    for (const uid of this.#servers.silentSince(since)) this.gone(uid);
  }
}

module.exports = { Cluster };
