// The transactions of the emitter's process, each on a connection of its own, and the relay that
// publishes what they leave in the outbox.

import pg from "pg";

/** A mistake of the caller's. */
const refused = (message) => Object.assign(new Error(message), { code: "REFUSED" });

/** How a transaction ends. */
const ENDS = new Set(["COMMIT", "ROLLBACK"]);

/** `follow(emitter, steps)` makes a call on an emitter. */
export function createTransactions(emitter, connectionString, follow) {
  /** The clients of the open ones, by the id that the caller gave. */
  const open = new Map();
  let relay;

  const clientOf = (id) => {
    if (!open.has(id)) throw refused("no transaction is open");
    return open.get(id);
  };

  async function connect() {
    const client = new pg.Client(connectionString);
    // The next query tells.
    client.on("error", () => {});
    await client.connect();
    await client.query("BEGIN");
    return client;
  }

  return {
    async begin(id) {
      if (open.has(id)) throw refused("a transaction is open already");
      const client = connect();
      open.set(id, client);
      try {
        await client;
      } catch (error) {
        open.delete(id);
        throw error;
      }
    },
    /** Makes a call within a transaction. */
    async within(id, steps) {
      await follow(emitter.outbox(await clientOf(id)), steps);
    },
    /**
     * Ends a transaction, and waits for the relay: so all that it has written is published by then, or
     * never will be. Tells what PostgreSQL made of it (after a failed statement COMMIT is ROLLBACK), how
     * long the relay took after it, and the relay's counts.
     */
    async end(id, how) {
      if (!ENDS.has(how)) throw refused(`a transaction does not end with ${how}`);
      const opened = clientOf(id);
      open.delete(id);
      const client = await opened;
      let command;
      try {
        ({ command } = await client.query(how));
      } finally {
        await client.end();
      }
      const ended = performance.now();
      relay.wake();
      await relay.drain();
      return { command, relayMillis: performance.now() - ended, relay: await relay.stats() };
    },
    startRelay(onStateChange) {
      relay = emitter.relay({ onStateChange });
    },
    relayState: () => relay?.state,
    closeRelay: () => relay?.close(),
  };
}
