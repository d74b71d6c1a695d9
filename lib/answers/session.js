"use strict";

const { isUint8Array } = require("node:util/types");
const { Inbox } = require("../../binding.js");
const { EmitterError, about, fromNative, throwFailure } = require("../errors.js");
const AnswerType = require("./answer-type.js");
const { readAttachment, readPayload } = require("./heard.js");
const { clearTimeout, microtask, now } = require("../unfaked.js");
const { weakly } = require("../weakly.js");
const { Subscription } = require("./subscription.js");

/** What can answer a request of ours. */
const ANSWERS = new Set([
  AnswerType.FETCH_SOCKETS_RESPONSE,
  AnswerType.SERVER_SIDE_EMIT_RESPONSE,
  AnswerType.BROADCAST_CLIENT_COUNT,
  AnswerType.BROADCAST_ACK,
]);

/** The native side counts with 32 bits. A server can claim that it asked more clients. */
const MAX_COUNT = 2 ** 32 - 1;

const POOLED_HINT = "give the way around the pooler as options.listenConnection";

const DEAF =
  "the connection that listens for answers does not hear what this emitter publishes: it went silent, or options.listenConnection leads to another database";

const lostError = (failure) =>
  new EmitterError("ERR_LISTENER_LOST", "the connection that listens for answers was lost", {
    cause: fromNative(failure),
  });

/** One connection that listens, from its opening to its end. */
class Session {
  #native;
  #inbox;
  #byChannel = new Map();
  /** By channel: when it is not listened on any more. */
  #unlistening = new Map();
  /** By server: what is being fetched of it. */
  #fetching = new Map();
  #isEnded = false;
  #onEnd;
  #opened;
  #requestIds;
  #echoes = 0;

  /**
   * @param plan - the native side's, of how to connect
   * @param {string} requestIds - what the ids of its requests begin with
   * @param {() => void} onEnd - called once, when nothing more will be heard
   */
  constructor(plan, requestIds, onEnd) {
    this.#onEnd = onEnd;
    this.#requestIds = requestIds;
    this.#inbox = new Inbox(requestIds);
    this.#native = plan.listener(this.#inbox, weakly(this, "hear"));
    this.#opened = this.#native
      .open()
      .then(throwFailure)
      .catch((error) => {
        const named = about("the connection that listens for answers", error);
        if (named.code === "ERR_LISTENER_POOLED") named.hint = POOLED_HINT;
        throw named;
      });
    this.#opened.catch((error) => this.end(error));
  }

  /** The servers of a namespace, known once they were asked; `makeCluster` makes it the first time. */
  subscribe(namespace, makeCluster) {
    const { heardOn: channel, name } = namespace;
    const subscriptions = this.#byChannel.get(channel) ?? new Map();
    this.#byChannel.set(channel, subscriptions);
    let subscription = subscriptions.get(name);
    if (subscription === undefined) {
      const cluster = makeCluster();
      const discovered = this.#opened
        .then(() => this.#unlistening.get(channel))
        .then(() => this.#listen(namespace))
        .then((sessions) => cluster.discover(sessions));
      subscription = new Subscription(namespace, cluster, discovered);
      subscription.ready.catch(() => this.#forget(subscription));
      subscriptions.set(name, subscription);
    }
    return subscription;
  }

  /** What one heartbeat has that no other has: with it, it is told when it is heard. */
  newEcho() {
    return `${this.#requestIds}e${this.#echoes++}`;
  }

  /** It hears nothing of what is published, though it is open: that is as good as lost. */
  endDeaf() {
    const error = new EmitterError("ERR_LISTENER_LOST", DEAF);
    this.end(error);
    return error;
  }

  /** Listens; gives how many sessions did so before. */
  async #listen(namespace) {
    const prefix = namespace.channel.slice(0, -namespace.name.length);
    const sessions = await this.#native.sessions(namespace, prefix);
    throwFailure(await this.#native.listen(namespace));
    // What the role may not see is not known.
    const [here, most] = Array.isArray(sessions) ? sessions : [0, 0];
    return { here, most };
  }

  get isEnded() {
    return this.#isEnded;
  }

  /** Nobody waits for the servers of a namespace any more. The last one ends the session. */
  unsubscribe(subscription) {
    if (this.#isEnded) return;
    const channel = this.#forget(subscription);
    if (this.#byChannel.size === 0) {
      this.end(new EmitterError("ERR_CLOSED", "the listener was closed"));
    } else if (channel !== undefined) {
      const unlistened = this.#native.unlisten(subscription.namespace).then(() => {
        if (this.#unlistening.get(channel) === unlistened) this.#unlistening.delete(channel);
      });
      this.#unlistening.set(channel, unlistened);
    }
  }

  /** Nothing more will be heard. What was not published yet fails with `unsent`. */
  end(error, unsent = error) {
    this.#finish(unsent, (cluster) => cluster.end(error));
  }

  /** As `end`; but what is on its way to be published settles by what becomes of that. */
  close(error, unsent) {
    // What came until now counts.
    this.read();
    this.#finish(unsent, (cluster) => cluster.close(error));
  }

  #finish(unsent, finish) {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#native.close();
    this.#onEnd();
    for (const subscriptions of this.#byChannel.values()) {
      for (const subscription of subscriptions.values()) {
        clearTimeout(subscription.idle);
        subscription.fail(unsent);
        finish(subscription.cluster);
      }
    }
  }

  /** Gives the channel, if nobody listens to another namespace on it. */
  #forget({ namespace, cluster }) {
    const { heardOn: channel, name } = namespace;
    const subscriptions = this.#byChannel.get(channel);
    if (subscriptions?.get(name)?.cluster !== cluster) return undefined;
    subscriptions.delete(name);
    if (subscriptions.size > 0) return undefined;
    this.#byChannel.delete(channel);
    return channel;
  }

  /** Hears what waits. */
  read() {
    if (this.#isEnded) return;
    const { channels, payloads, ages } = this.#inbox.take();
    const time = now();
    for (let i = 0; i < channels.length; i++) {
      const message = readPayload(payloads[i]);
      if (message !== undefined) this.#heard(channels[i], message, time - ages[i]);
    }
    for (const subscriptions of this.#byChannel.values()) {
      for (const { cluster } of subscriptions.values()) cluster.allHeard();
    }
  }

  /**
   * Of what was read, so many answers to a request are missing at least: before they have come, there
   * is no need to read. With 0, there is at each.
   */
  awaitAnswers(id, count) {
    // They came meanwhile.
    if (this.#inbox.awaitAnswers(id, Math.min(count, MAX_COUNT))) microtask(() => this.read());
  }

  /** The request has ended. */
  forget(id) {
    this.#inbox.forget(id);
  }

  /** The native side has something: what waits, or the loss of the connection. */
  hear(lost) {
    this.read();
    if (lost) this.end(lostError(lost));
  }

  #heard(channel, message, at) {
    const { uid, type, attachmentId, echo } = message;
    if (uid === "emitter") {
      for (const cluster of this.#clusters(channel, message)) cluster.echoed(echo);
      return;
    }
    if (type === AnswerType.ADAPTER_CLOSE) return this.#closed(channel, message);
    for (const cluster of this.#clusters(channel, message)) cluster.hear(message, at);
    if (typeof attachmentId === "string" && ANSWERS.has(type)) {
      this.#fetch(channel, uid, attachmentId);
    }
  }

  /** What a server answered before it said goodbye may still have to be fetched. */
  async #closed(channel, message) {
    const { uid } = message;
    for (const cluster of this.#clusters(channel, message)) cluster.closed(uid);
    const fetching = this.#fetching.get(uid);
    if (fetching !== undefined) await Promise.all(fetching);
    for (const cluster of this.#clusters(channel, message)) cluster.gone(uid);
  }

  /** Several namespaces share a channel when their long names were cut to the same. */
  *#clusters(channel, { nsp } = {}) {
    for (const [name, { cluster }] of this.#byChannel.get(channel) ?? []) {
      if (nsp === undefined || nsp === name) yield cluster;
    }
  }

  /** An answer can be an attachment; to whom it is, only the attachment says. */
  #fetch(channel, uid, attachmentId) {
    if (![...this.#clusters(channel)].some((cluster) => cluster.isWaiting)) return;
    const fetching = this.#fetching.get(uid) ?? new Set();
    this.#fetching.set(uid, fetching);
    const fetched = this.#native
      .attachment(attachmentId)
      .then((payload) => this.#fetched(channel, payload))
      .catch((error) => this.#missed(channel, error))
      .then(() => {
        fetching.delete(fetched);
        if (fetching.size === 0) this.#fetching.delete(uid);
      });
    fetching.add(fetched);
  }

  #fetched(channel, payload) {
    // The servers have deleted the row: its time was up.
    if (payload === null) return;
    if (!isUint8Array(payload)) throw fromNative(payload);
    const message = readAttachment(payload);
    if (message === undefined) return;
    for (const cluster of this.#clusters(channel, message)) {
      cluster.answer(message);
      cluster.allHeard();
    }
  }

  /** Then an answer is missing, and the request's time will tell. */
  #missed(channel, error) {
    for (const cluster of this.#clusters(channel)) cluster.missed(error);
  }
}

module.exports = { Session };
