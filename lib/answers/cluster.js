"use strict";

const { ignore } = require("../guarded.js");
const { clearInterval, now, setInterval } = require("../unfaked.js");
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

/** How often those that wait for something to be heard look for it, in milliseconds. */
const LOOK_EVERY = 50;

/**
 * How long an emitter's own heartbeat may take to be heard, in milliseconds. Silence proves nothing
 * before that: the connection that listens may hear nothing at all.
 */
const ECHO_WITHIN = 5_000;

/** For how long it proves that all is heard, in milliseconds. */
const PROVED_FOR = 5_000;

/**
 * How long servers are waited for that have a session and have not spoken, in milliseconds: by then each
 * would have spoken by itself (adapters do every five seconds), unless it is busy all the time. Not so
 * long those whose sessions were last seen to listen to another namespace: perhaps they lack this one.
 */
const LATE = 5_000;
const PERHAPS_LATE = 1_000;

/** The servers of one namespace, and the requests they have not answered yet. */
class Cluster {
  #session;
  #servers;
  #askForLife;
  #discoveryMillis;
  /** The heartbeats of this emitter that were not heard yet. */
  #unheard = new Set();
  /** When one was heard, by `performance.now()`. */
  #provedAt = Number.NEGATIVE_INFINITY;
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
   * @param {(echo: string) => Promise<void>} askForLife - asks all servers for a sign of life, with a
   * heartbeat that is known by `echo`
   * @param {object} options - `discoveryMillis`, how long to wait for it; `heartbeatTimeoutMillis`,
   * the silence after which a server has to give one
   */
  constructor(session, askForLife, { discoveryMillis, heartbeatTimeoutMillis }) {
    this.#session = session;
    this.#askForLife = askForLife;
    this.#discoveryMillis = discoveryMillis;
    this.#servers = new Servers(heartbeatTimeoutMillis);
  }

  /**
   * Finds the servers that there are. One that is busy answers late: it is waited for when more sessions
   * listen than servers have spoken.
   *
   * @param {{ here: number, most: number }} sessions - how many listen to this namespace, and to the one
   * with the most
   */
  async discover({ here, most }) {
    await this.#callAll();
    await this.#readUntil(() => this.#servers.count >= here, LATE);
    await this.#readUntil(() => this.#servers.count >= most, PERHAPS_LATE);
  }

  /** How many servers there are. */
  async serverCount() {
    this.#session.read();
    await this.#checkSilent();
    if (this.#servers.count === 0 && !this.#isProved) await this.#callAll();
    return this.#servers.count;
  }

  /** A heartbeat of this emitter was heard. */
  echoed(echo) {
    if (this.#unheard.delete(echo)) this.#provedAt = now();
  }

  get #isProved() {
    return now() < this.#provedAt + PROVED_FOR;
  }

  /**
   * Asks all servers for a sign of life, and gives them time for it.
   *
   * @throws {EmitterError} `ERR_LISTENER_LOST` when not even the question is heard
   */
  async #callAll() {
    const echo = this.#session.newEcho();
    this.#unheard.add(echo);
    try {
      await this.#askForLife(echo);
      await waitAwake(this.#discoveryMillis);
      this.#session.read();
      await this.#readUntil(() => !this.#unheard.has(echo), ECHO_WITHIN);
      if (this.#unheard.has(echo) && this.#ended === undefined) throw this.#session.endDeaf();
    } finally {
      this.#unheard.delete(echo);
    }
  }

  /** Hears what comes until something is so, not longer than `millis`. */
  async #readUntil(isSo, millis) {
    for (let waited = 0; waited < millis && !isSo(); waited += LOOK_EVERY) {
      if (this.#ended !== undefined) return;
      await waitAwake(LOOK_EVERY);
      this.#session.read();
    }
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
    // That there are no servers has to be proved.
    let isSure = this.#servers.count > 0 || this.#isProved;
    const listen = () => this.#session.read();
    const request = new Request(collector, millis, listen, () => isSure, settle);
    const prove = () => {
      if (isSure) return;
      this.#callAll()
        .then(() => {
          isSure = true;
          request.check();
        })
        .catch(ignore);
    };
    if (this.#requests.size === 0) this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY);
    this.#requests.set(id, request);
    this.#session.awaitAnswers(id, collector.missing);
    publish().then(
      () => {
        request.published();
        prove();
      },
      (error) => request.failed(error),
    );
    this.#checkSilent().catch(ignore);
    return promise;
  }

  /** A server has said something, at a time of `performance.now()`. */
  hear(message, at) {
    const { uid } = message;
    if (this.#isNews(message)) {
      const isNew = !this.#servers.has(uid);
      this.#servers.heard(uid, at);
      // One that was busy when it was asked hears what is under way. One that has just started may not.
      if (isNew && this.#servers.has(uid) && !this.#starting.has(uid)) this.#expect(uid);
    }
    this.answer(message);
  }

  #expect(uid) {
    for (const [id, request] of this.#requests) {
      this.#changed.set(id, request);
      request.expectOne(uid);
    }
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
        await this.#askForLife(this.#session.newEcho());
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
    const since = now();
    await this.#callAll();
    for (const uid of this.#servers.silentSince(since)) this.gone(uid);
  }
}

module.exports = { Cluster };
