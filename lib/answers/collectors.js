"use strict";

const AnswerType = require("./answer-type.js");

/**
 * Collects one answer of each server. `add` is told of each answer; `responses` is what came, and
 * `isComplete` whether everyone has answered that was there to hear the request.
 */
class OneOfEachServer {
  responses = [];
  #type;
  #responsesOf;
  #missing = new Set();

  constructor(type, responsesOf) {
    this.#type = type;
    this.#responsesOf = responsesOf;
  }

  /** The servers that will hear the request. */
  expect(uids) {
    this.#missing = new Set(uids);
  }

  add({ uid, type, data }) {
    if (type !== this.#type) return;
    const responses = this.#responsesOf(data);
    if (responses === undefined) return;
    this.responses.push(...responses);
    this.#missing.delete(uid);
  }

  /** A server will not answer any more. */
  gone(uid) {
    this.#missing.delete(uid);
  }

  get isComplete() {
    return this.#missing.size === 0;
  }
}

/** The sockets of each server. */
const socketsOfEach = () =>
  new OneOfEachServer(AnswerType.FETCH_SOCKETS_RESPONSE, ({ sockets }) =>
    Array.isArray(sockets) ? sockets.filter((socket) => typeof socket?.id === "string") : undefined,
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
      if (Number.isSafeInteger(data.clientCount)) this.#serverOf(uid).asked = data.clientCount;
    } else if (type === AnswerType.BROADCAST_ACK) {
      this.#serverOf(uid).answered++;
      this.responses.push(data.packet);
    }
  }

  /** What its clients still answer counts; nobody waits for it. */
  gone(uid) {
    this.#gone.add(uid);
    this.#servers.delete(uid);
  }

  get isComplete() {
    for (const { asked, answered } of this.#servers.values()) {
      if (asked === undefined || answered < asked) return false;
    }
    return true;
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
