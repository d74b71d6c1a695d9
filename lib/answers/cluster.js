"use strict";

const { EmitterError } = require("../errors.js");
const AnswerType = require("./answer-type.js");
const { Servers } = require("./servers.js");

/** How often those that wait look for servers that have fallen silent, in milliseconds. */
const SWEEP_EVERY = 500;

const timeoutError = (millis, responses) =>
  new EmitterError("ERR_ACK_TIMEOUT", `not everyone has answered within ${millis} ms`, {
    responses,
  });

/** One request: settles when everyone has answered, or when its time is up. */
class Request {
  #collector;
  #settle;
  #timer;

  constructor(collector, settle) {
    this.#collector = collector;
    this.#settle = settle;
  }

  /** The request has been published: from now on its time runs. */
  start(millis) {
    this.#timer = setTimeout(() => {
      this.end(timeoutError(millis, this.#collector.responses));
    }, millis);
    this.#check();
  }

  hear(message) {
    this.#collector.add(message);
    this.#check();
  }

  gone(uid) {
    this.#collector.gone(uid);
    this.#check();
  }

  end(error) {
    clearTimeout(this.#timer);
    this.#settle(error, this.#collector.responses);
  }

  #check() {
    // An answer can be faster than the news that the request was committed.
    if (this.#timer !== undefined && this.#collector.isComplete) this.end();
  }
}

/** The servers of one namespace, and the requests they have not answered yet. */
class Cluster {
  #servers;
  #requests = new Map();
  #sweeper;

  /** Of servers that are gone after `heartbeatTimeoutMillis` of silence. */
  constructor(heartbeatTimeoutMillis) {
    this.#servers = new Servers(heartbeatTimeoutMillis);
  }

  get serverCount() {
    this.#sweep();
    return this.#servers.count;
  }

  /**
   * Sends a request and collects the answers.
   *
   * @param collector - what is collected, from `collectors.js`
   * @param {number} millis - how long to wait for answers
   * @param {(requestId: string) => Promise<void>} publish
   * @returns {Promise<unknown[]>} rejected with `ERR_ACK_TIMEOUT` and the `responses` that came
   */
  async request(collector, millis, publish) {
    // Loaded when first needed: an emitter that asks nothing has no use for it.
    const { randomBytes } = require("node:crypto");
    const requestId = randomBytes(16).toString("hex");
    this.#sweep();
    collector.expect(this.#servers.uids);
    const { promise, resolve, reject } = withResolvers();
    const request = new Request(collector, (error, responses) => {
      this.#requests.delete(requestId);
      if (this.#requests.size === 0) clearInterval(this.#sweeper);
      if (error) reject(error);
      else resolve(responses);
    });
    if (this.#requests.size === 0) this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY);
    this.#requests.set(requestId, request);
    publish(requestId).then(
      () => this.#requests.has(requestId) && request.start(millis),
      (error) => this.#requests.has(requestId) && request.end(error),
    );
    return promise;
  }

  /** A server has said something. */
  hear(message) {
    const { uid, type, data } = message;
    if (type === AnswerType.ADAPTER_CLOSE) {
      this.#gone(uid);
      return;
    }
    this.#servers.heard(uid);
    if (typeof data === "object" && data !== null) {
      this.#requests.get(data.requestId)?.hear(message);
    }
  }

  /** Whether an answer is awaited. */
  get isWaiting() {
    return this.#requests.size > 0;
  }

  /** No more answers will be heard. */
  end(error) {
    for (const request of [...this.#requests.values()]) request.end(error);
  }

  #sweep() {
    for (const uid of this.#servers.sweep()) this.#gone(uid);
  }

  #gone(uid) {
    this.#servers.gone(uid);
    for (const request of [...this.#requests.values()]) request.gone(uid);
  }
}

const withResolvers = () => {
  const settlers = {};
  settlers.promise = new Promise((resolve, reject) => {
    Object.assign(settlers, { resolve, reject });
  });
  return settlers;
};

module.exports = { Cluster };
