// What goes over the wire: LISTENs on channels and hands out the notifications in their order.

import pg from "pg";
import { NEVER_MS } from "./limits.mjs";

/**
 * Listens from the moment the promise resolves. `config` is a connection string or an object for
 * `pg`, `channels` a name or a list of names.
 */
export async function listen(config, channels) {
  const client = new pg.Client(typeof config === "string" ? { connectionString: config } : config);
  const messages = [];
  const waiters = [];
  let taken = 0;

  const settle = () => {
    while (waiters.length > 0 && messages.length >= taken + waiters[0].count) {
      const { count, resolve, timer } = waiters.shift();
      clearTimeout(timer);
      resolve(messages.slice(taken, taken + count));
      taken += count;
    }
  };
  const fail = (error) => {
    for (const { reject, timer } of waiters.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  };

  client.on("notification", ({ channel, payload }) => {
    messages.push({ channel, payload });
    settle();
  });
  client.on("error", fail);
  client.on("end", () => fail(new Error("the listener's connection has ended")));

  await client.connect();
  for (const channel of [channels].flat()) {
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  return {
    /** Everything that has come so far, taken or not. */
    messages,
    /** The next `count` notifications that no earlier call took. */
    next(count = 1, timeoutMs = NEVER_MS) {
      return new Promise((resolve, reject) => {
        const waiter = { count, resolve, reject };
        waiter.timer = setTimeout(() => {
          waiters.splice(waiters.indexOf(waiter), 1);
          const rest = JSON.stringify(messages.slice(taken)).slice(0, 500);
          reject(new Error(`no ${count} notifications within ${timeoutMs} ms, but ${rest}`));
        }, timeoutMs);
        waiters.push(waiter);
        settle();
      });
    },
    close: () => client.end(),
  };
}
