// The generations of `@socket.io/postgres-adapter`, each a development dependency `adapter-…`.

/** Oldest first. */
export const ADAPTERS = ["0.1.1", "0.2.0", "0.3.1", "0.4.0", "0.5.0"];

export const OLDEST_ADAPTER = ADAPTERS[0];
export const NEWEST_ADAPTER = ADAPTERS.at(-1);

/**
 * Those that are made of the cluster adapter of `socket.io-adapter`: they drop a message without its
 * namespace, and say goodbye when they close.
 */
export const CLUSTER_ADAPTERS = ["0.4.0", "0.5.0"];

/** The newest of those before, and of those. */
export const NEWEST_OF_EACH_KIND = ["0.3.1", NEWEST_ADAPTER];

/** Those that collect no acknowledgements. */
export const ADAPTERS_WITHOUT_ACKS = ["0.1.1", "0.2.0"];
