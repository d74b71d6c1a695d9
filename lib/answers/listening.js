"use strict";

const { EmitterError } = require("../errors.js");
const { hold, release } = require("../keep-alive.js");
const { LONGEST_MILLIS } = require("../options.js");
const { clearTimeout, setTimeout } = require("../unfaked.js");
const { withResolvers } = require("../with-resolvers.js");
const { Cluster } = require("./cluster.js");
const { Session } = require("./session.js");

/** Those with a request under way: nothing else keeps them from being collected. */
const busy = new Set();

/**
 * Listens for answers, on a connection of its own that is opened for the first request, and closed
 * some time after the last; so is each namespace. An emitter and its `of()` siblings share one.
 */
class Listening {
  #plan;
  #requestIds;
  #askForLife;
  #options;
  #session;
  #users = 0;

  /**
   * @param plan - the native side's, of how to connect
   * @param {string} requestIds - what the ids of the requests begin with
   * @param {(namespace: Namespace, echo: string) => Promise<void>} askForLife - asks servers for a sign of life
   * @param {object} options - the emitter's
   */
  constructor(plan, requestIds, askForLife, options) {
    this.#plan = plan;
    this.#requestIds = requestIds;
    this.#askForLife = askForLife;
    this.#options = options;
  }

  /**
   * Does something with the servers of a namespace: before it returns, if they are known, else in the
   * order of the calls. Keeps the process alive until it is done.
   */
  async use(namespace, work) {
    if (this.#users++ === 0) {
      busy.add(this);
      hold();
    }
    const session = this.#openSession();
    const subscription = session.subscribe(namespace, () => this.#clusterOf(session, namespace));
    subscription.users++;
    clearTimeout(subscription.idle);
    try {
      const { isReady, cluster, ready } = subscription;
      return await (isReady ? work(cluster) : this.#inTime(ready, work));
    } finally {
      if (--subscription.users === 0) this.#endWhenIdle(session, subscription);
      if (--this.#users === 0) {
        busy.delete(this);
        release();
      }
    }
  }

  /** Does it when the servers are known, in that very turn; fails when that takes too long. */
  #inTime(ready, work) {
    const { publishTimeoutMillis, discoveryMillis } = this.#options;
    const millis = Math.min(publishTimeoutMillis + discoveryMillis, LONGEST_MILLIS);
    const { promise, resolve, reject } = withResolvers();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new EmitterError("ERR_TIMEOUT", `the servers could not be heard within ${millis} ms`));
    }, millis);
    ready.then(
      (cluster) => {
        clearTimeout(timer);
        if (!isLate) resolve(work(cluster));
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
    return promise;
  }

  /** What is under way fails, with `unsent` what was not published yet. */
  close(error, unsent) {
    this.#session?.close(error, unsent);
  }

  #openSession() {
    if (this.#session === undefined) {
      const session = new Session(this.#plan, this.#requestIds, () => {
        if (this.#session === session) this.#session = undefined;
      });
      this.#session = session;
    }
    return this.#session;
  }

  #clusterOf(session, namespace) {
    const askForLife = (echo) => this.#askForLife(namespace, echo);
    return new Cluster(session, askForLife, this.#options);
  }

  #endWhenIdle(session, subscription) {
    if (session.isEnded) return;
    // Weakly: the timer of an emitter that was dropped must not hold its connections.
    const [held, ended] = [new WeakRef(session), new WeakRef(subscription)];
    subscription.idle = setTimeout(() => {
      const idle = ended.deref();
      if (idle !== undefined) held.deref()?.unsubscribe(idle);
    }, this.#options.listenerIdleMillis);
    subscription.idle.unref();
  }
}

module.exports = { Listening };
