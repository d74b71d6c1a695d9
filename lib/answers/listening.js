"use strict";

const { setTimeout: wait } = require("node:timers/promises");
const { Listener: NativeListener } = require("../../binding.js");
const { EmitterError, fromNative } = require("../errors.js");
const { hold, release } = require("../keep-alive.js");
const AnswerType = require("./answer-type.js");
const { Cluster } = require("./cluster.js");
const { readAttachment, readPayload } = require("./heard.js");

const ANSWERS = new Set(Object.values(AnswerType));

/** Those with a request under way: nothing else keeps them from being collected. */
const busy = new Set();

const ignore = () => {};

const lostError = (failure) =>
  new EmitterError("ERR_LISTENER_LOST", "the connection that listens for answers was lost", {
    cause: fromNative(failure),
  });

const throwFailure = (failure) => {
  if (failure) throw fromNative(failure);
};

/** One connection that listens, from its opening to its end. */
class Session {
  #native;
  #byChannel = new Map();
  #isEnded = false;
  #end;
  /** Rejected when nothing more will be heard. */
  ended = new Promise((_, reject) => {
    this.#end = reject;
  });
  opened;

  constructor({ settings, askPassword }, tableName) {
    this.ended.catch(ignore);
    const session = new WeakRef(this);
    const hear = (channels, payloads, lost) => session.deref()?.#hear(channels, payloads, lost);
    this.#native = new NativeListener(settings, tableName, hear, askPassword);
    this.opened = this.#native.open().then((failure) => {
      // Ended while it was being opened.
      if (this.#isEnded) this.#native.close();
      throwFailure(failure);
    });
    this.opened.catch(ignore);
  }

  /**
   * The servers of a namespace, after `discover` has made them known; one that is silent for longer
   * than `heartbeatTimeoutMillis` is gone.
   */
  cluster(namespace, heartbeatTimeoutMillis, discover) {
    const { heardOn: channel, name } = namespace;
    const clusters = this.#byChannel.get(channel) ?? new Map();
    this.#byChannel.set(channel, clusters);
    let known = clusters.get(name);
    if (known === undefined) {
      const cluster = new Cluster(heartbeatTimeoutMillis);
      const ready = this.opened
        .then(() => this.#native.listen(namespace))
        .then(throwFailure)
        .then(discover)
        .then(() => cluster);
      known = { cluster, ready: Promise.race([ready, this.ended]) };
      known.ready.catch(() => clusters.delete(name));
      clusters.set(name, known);
    }
    return known.ready;
  }

  end(error) {
    this.#isEnded = true;
    this.#end(error);
    for (const { cluster } of this.#clusters()) cluster.end(error);
    this.#native.close();
  }

  *#clusters() {
    for (const clusters of this.#byChannel.values()) yield* clusters.values();
  }

  #hear(channels, payloads, lost) {
    for (let i = 0; i < channels.length; i++) {
      const message = readPayload(payloads[i]);
      if (message === undefined) continue;
      this.#dispatch(channels[i], message);
      if (message.attachmentId !== undefined) this.#fetch(channels[i], message);
    }
    if (lost) this.end(lostError(lost));
  }

  /** Several namespaces share a channel when their long names were cut to the same. */
  #dispatch(channel, message) {
    for (const [name, { cluster }] of this.#byChannel.get(channel) ?? []) {
      if (message.nsp === undefined || message.nsp === name) cluster.hear(message);
    }
  }

  /** An answer can be an attachment; what servers say to each other does not concern us. */
  async #fetch(channel, { type, attachmentId }) {
    const clusters = this.#byChannel.get(channel);
    if (!ANSWERS.has(type) || ![...clusters.values()].some(({ cluster }) => cluster.isWaiting)) {
      return;
    }
    const payload = await this.#native.attachment(String(attachmentId));
    // Gone, or not to be had: then an answer is missing, and the request's time will tell.
    const message = payload instanceof Uint8Array ? readAttachment(payload) : undefined;
    if (message !== undefined) this.#dispatch(channel, message);
  }
}

/**
 * Listens for answers, on a connection of its own that is opened for the first request, and closed
 * some time after the last. An emitter and its `of()` siblings share one.
 */
class Listening {
  #open;
  #sendHeartbeat;
  #discoveryMillis;
  #idleMillis;
  #heartbeatTimeoutMillis;
  #session;
  #users = 0;
  #idle;

  /**
   * @param {() => Session} open
   * @param {(namespace: Namespace) => Promise<void>} sendHeartbeat - asks servers for a sign of life
   */
  constructor(
    open,
    sendHeartbeat,
    { discoveryMillis, listenerIdleMillis, heartbeatTimeoutMillis },
  ) {
    this.#open = open;
    this.#sendHeartbeat = sendHeartbeat;
    this.#discoveryMillis = discoveryMillis;
    this.#idleMillis = listenerIdleMillis;
    this.#heartbeatTimeoutMillis = heartbeatTimeoutMillis;
  }

  /** Does something with the servers of a namespace; keeps the process alive until it is done. */
  async use(namespace, work) {
    if (this.#users++ === 0) {
      clearTimeout(this.#idle);
      busy.add(this);
      hold();
    }
    try {
      return await work(await this.#clusterOf(namespace));
    } finally {
      if (--this.#users === 0) {
        busy.delete(this);
        release();
        this.#closeWhenIdle();
      }
    }
  }

  /** What is under way fails. */
  end(error) {
    clearTimeout(this.#idle);
    this.#session?.end(error);
  }

  #clusterOf(namespace) {
    if (this.#session === undefined) {
      const session = this.#open();
      this.#session = session;
      const forget = () => {
        if (this.#session === session) this.#session = undefined;
      };
      session.ended.catch(forget);
      session.opened.catch(forget);
    }
    return this.#session.cluster(namespace, this.#heartbeatTimeoutMillis, async () => {
      await this.#sendHeartbeat(namespace);
      await wait(this.#discoveryMillis);
    });
  }

  #closeWhenIdle() {
    if (this.#session === undefined) return;
    this.#idle = setTimeout(() => {
      this.#session?.end(new EmitterError("ERR_CLOSED", "the listener was closed"));
    }, this.#idleMillis);
    this.#idle.unref();
  }
}

module.exports = { Listening, Session };
