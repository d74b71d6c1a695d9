"use strict";

const { guarded } = require("../guarded.js");
const { withResolvers } = require("../with-resolvers.js");

/** The servers of one namespace, as one session hears them. */
class Subscription {
  namespace;
  cluster;
  /** Whether its servers are known. */
  isReady = false;
  /** Resolves with the cluster when its servers are known. */
  ready;
  /** How many wait for answers. */
  users = 0;
  /** The timer that ends it, while there are none. */
  idle;
  #fail;

  /** @param {Promise<void>} discovered - resolves when the servers are known */
  constructor(namespace, cluster, discovered) {
    this.namespace = namespace;
    this.cluster = cluster;
    const { promise, resolve, reject } = withResolvers();
    this.ready = guarded(promise);
    this.#fail = reject;
    // The first reaction: nobody who finds it ready overtakes those who wait.
    promise.then(
      () => {
        this.isReady = true;
      },
      () => {},
    );
    discovered.then(() => resolve(cluster), reject);
  }

  /** Its servers will not be known, if they are not yet. */
  fail(error) {
    this.#fail(error);
  }
}

module.exports = { Subscription };
