// Tells when an adapter really listens. An adapter takes a client from its pool, runs LISTEN on it
// without a word, so this watches its client.

import { EventEmitter, once } from "node:events";

const LISTEN = /^LISTEN "(.*)"$/;

/**
 * Watches what `pool` lends out. `listening()` resolves once every channel is listened on, and
 * `lost()` once one no longer is, because its connection has ended.
 */
export function trackListening(pool, channels) {
  const missing = new Set(channels);
  const changes = new EventEmitter();

  const until = async (condition) => {
    while (!condition()) {
      await once(changes, "change");
    }
  };

  const connect = pool.connect.bind(pool);
  pool.connect = (callback) => {
    if (callback) {
      // `pool.query` takes its client this way.
      return connect(callback);
    }
    return connect().then((client) => {
      watch(client);
      return client;
    });
  };

  function watch(client) {
    client.once("end", () => {
      // The adapters forget a client that has ended, and the pool's `end()` would wait for it.
      client.release(true);
      client.release = () => {};
    });
    const query = client.query;
    client.query = function (...args) {
      const result = query.apply(this, args);
      const channel = typeof args[0] === "string" && LISTEN.exec(args[0])?.[1];
      if (channel) {
        result.then(
          () => {
            missing.delete(channel);
            changes.emit("change");
          },
          () => {},
        );
        client.once("end", () => {
          missing.add(channel);
          changes.emit("change");
        });
      }
      return result;
    };
  }

  return {
    listening: () => until(() => missing.size === 0),
    lost: () => until(() => missing.size > 0),
  };
}
