// The generations of `@socket.io/postgres-adapter`, each a development dependency `adapter-…`.

/** Oldest first. */
export const ADAPTERS = ["0.1.1", "0.2.0", "0.3.1", "0.4.0", "0.5.0"];

export const NEWEST_ADAPTER = ADAPTERS.at(-1);

/** Those that collect no acknowledgements. */
export const ADAPTERS_WITHOUT_ACKS = ["0.1.1", "0.2.0"];
