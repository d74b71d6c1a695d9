"use strict";

const AnswerType = require("./answer-type.js");

/**
 * Collects one answer of each server. `add` is told of each answer; `responses` is what came, and
 * `missing` how many more must come at least, of everyone who was there to hear the request.
 */
class OneOfEachServer {
  responses = [];
  #type;
  #responsesOf;
  #missing = new Set();
  #answered = new Set();

  /**
   * @param {number} type - the type of the answers
   * @param {(data: object) => unknown[] | undefined} responsesOf - nothing for what is no answer
   */
  constructor(type, responsesOf) {
    this.#type = type;
    this.#responsesOf = responsesOf;
  }

  /** The servers that will hear the request. */
  expect(uids) {
    this.#missing = new Set(uids);
  }

  add({ uid, type, data }) {
    // A request that was sent twice (`retryUnknown`) is answered twice.
    if (type !== this.#type || this.#answered.has(uid)) return;
    const responses = this.#responsesOf(data);
    if (responses === undefined) return;
    for (const response of responses) this.responses.push(response);
    this.#answered.add(uid);
    this.#missing.delete(uid);
  }

  /** One more that will hear the request. */
  expectOne(uid) {
    if (!this.#answered.has(uid)) this.#missing.add(uid);
  }

  /** A server will not answer any more. */
  gone(uid) {
    this.#missing.delete(uid);
  }

  get missing() {
    return this.#missing.size;
  }
}

const isSocket = (socket) => typeof socket?.id === "string" && Array.isArray(socket.rooms);

/** The sockets of each server, as `toSocket` makes them. */
const socketsOfEach = (toSocket) =>
  // Servers in Go leave out what is empty, as they do with a count of 0.
  new OneOfEachServer(AnswerType.FETCH_SOCKETS_RESPONSE, ({ sockets = [] }) =>
    Array.isArray(sockets) ? sockets.filter(isSocket).map(toSocket) : undefined,
  );

/** What each server's listener gave its callback. */
const answerOfEach = () =>
  new OneOfEachServer(AnswerType.SERVER_SIDE_EMIT_RESPONSE, ({ packet }) => [packet]);

/**
 * Collects the acknowledgements of clients: each server first says how many clients it has asked.
 */
class AnswersOfClients {
  responses = [];
  /** By server: how many clients it asked, once it has said so, and how many have answered. */
  #servers = new Map();
  #gone = new Set();

  expect(uids) {
    for (const uid of uids) this.#serverOf(uid);
  }

  add({ uid, type, data }) {
    if (type === AnswerType.BROADCAST_CLIENT_COUNT) {
      // A request that was sent twice (`retryUnknown`) is counted twice. That fewer are missing by that
      // than was told is seen at the next sweep.
      const { clientCount = 0 } = data;
      if (Number.isSafeInteger(clientCount) && clientCount >= 0) {
        this.#serverOf(uid).asked = clientCount;
      }
    } else if (type === AnswerType.BROADCAST_ACK) {
      const server = this.#serverOf(uid);
      // Of a request that was sent twice (`retryUnknown`), each client answers twice.
      if (server.answered === server.asked) return;
      server.answered++;
      this.responses.push(data.packet);
    }
  }

  /** One more that will hear the request. */
  expectOne(uid) {
    this.#serverOf(uid);
  }

  /** What its clients still answer counts; nobody waits for it. */
  gone(uid) {
    this.#gone.add(uid);
    this.#servers.delete(uid);
  }

  get missing() {
    let missing = 0;
    for (const { asked, answered } of this.#servers.values()) {
      // Until it is known how many it has asked, this alone is missing for certain.
      missing += asked === undefined ? 1 : Math.max(asked - answered, 0);
    }
    return missing;
  }

  #serverOf(uid) {
    let server = this.#servers.get(uid);
    if (server === undefined) {
      server = { asked: undefined, answered: 0 };
      if (!this.#gone.has(uid)) this.#servers.set(uid, server);
    }
    return server;
  }
}

const answersOfClients = () => new AnswersOfClients();

module.exports = { socketsOfEach, answerOfEach, answersOfClients };
