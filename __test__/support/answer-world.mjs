// Servers and clients that answer.

import { attachmentTableSql } from "../../index.js";
import { NEWEST_ADAPTER } from "../../tools/adapters.mjs";
import { startCluster } from "../../tools/cluster.mjs";
import { NEVER_MS } from "../../tools/limits.mjs";
import { eventually } from "./database.mjs";
import { emitterFor } from "./emitters.mjs";
import { slots } from "./slots.mjs";

export const SERVERS = 3;

/** How long a request may take that everyone answers. */
export const TIMEOUT_MS = NEVER_MS;
/** How long those are waited for that say nothing, when all others have long answered. */
export const SHORT_TIMEOUT_MS = 4_000;

/**
 * Long enough for a busy machine, and no noise. No server is taken for gone because it is silent: those in
 * the process of the test are, when a test keeps it busy.
 */
export const OPTIONS = {
  errorHandler: () => {},
  discoveryMillis: 1_000,
  heartbeatTimeoutMillis: 3_600_000,
};

/** The same, and silence tells after the default time. */
export const SILENCE_TELLS = { ...OPTIONS, heartbeatTimeoutMillis: undefined };

/** What the server shows of the connections of `listensTo`. */
export const LISTENER = "listener of answers";

/** The option that lets a test tell an emitter's listener from its other connection, by its name. */
export const listensTo = ({ config }) => ({
  listenConnection: { ...config, application_name: LISTENER },
});

/** Resolves when `emitter` knows `count` servers: on a busy machine that takes longer than it waits. */
export const known = (emitter, count) =>
  eventually(async () => (await emitter.serverCount()) === count, `${count} servers are known`);

/** Makes `world(t, adapter)`, of which `count` at a time have a cluster on `postgres`. */
export function answerWorlds(postgres, count = 4) {
  const worlds = slots(count);
  return async (t, adapter = NEWEST_ADAPTER) => {
    await worlds.take(t);
    return open(t, postgres, adapter);
  };
}

/** Three servers, four clients: two in "even", two in "odd", of which the last never answers. */
async function open(t, postgres, adapter) {
  const database = await postgres.database(attachmentTableSql());
  const cluster = await startCluster({
    server: database,
    adapter,
    servers: SERVERS,
    namespaces: ["/", "/admin"],
  });
  cluster.servers.forEach(({ io }, index) => {
    io.on("who", (arg, callback) => callback({ index, arg }));
    io.on("big", (callback) => callback("x".repeat(1_000_000)));
    io.on("bytes", (callback) => callback({ bytes: Buffer.from([index]) }));
    io.on("when", (callback) => callback({ bytes: Buffer.alloc(1), at: new Date(1_000) }));
    if (index > 0) io.on("most", (callback) => callback(index));
  });
  const clients = [];
  for (let index = 0; index < 4; index++) {
    const rooms = [index % 2 ? "odd" : "even"];
    const client = await cluster.connect(index % SERVERS, "/", { rooms });
    client.on("ask", (arg, callback) => callback({ index, arg }));
    client.on("bytes", (callback) => callback(Buffer.from([index])));
    client.on("most", (callback) => index < 3 && callback?.(index));
    clients.push(client);
  }
  const emitter = emitterFor(t, database, "/", { ...OPTIONS, ...listensTo(database) });
  t.teardown(() => cluster.close());
  await known(emitter, SERVERS);
  return { database, cluster, clients, emitter };
}
