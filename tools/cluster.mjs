// Socket.IO servers with a published `@socket.io/postgres-adapter`, and clients of them.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import pg from "pg";
import { Server } from "socket.io";
import { io as connectClient } from "socket.io-client";
import { NEWEST_ADAPTER } from "./adapters.mjs";
import { trackListening } from "./listening.mjs";

const require = createRequire(import.meta.url);
const HOST = "127.0.0.1";

const tableSql = (name) => `CREATE TABLE IF NOT EXISTS ${name} (
  id          bigserial UNIQUE,
  created_at  timestamptz DEFAULT NOW(),
  payload     bytea
)`;

/** Creates the table. Of two that do so at once, IF NOT EXISTS does not keep one from failing. */
async function createAttachmentTable(client, name) {
  try {
    await client.query(tableSql(name));
  } catch (error) {
    // The sequence, the type or the table of the server that was faster.
    if (!["23505", "42710", "42P07"].includes(error.code)) throw error;
    // Then it is there, or this says what else is wrong.
    await client.query(tableSql(name));
  }
}

/** One Socket.IO server, with a pool of its own as a separate process would have. */
async function startServer({
  openPool,
  adapter,
  namespaces,
  adapterOptions,
  serverOptions,
  errors,
}) {
  const pool = openPool();
  const prefix = adapterOptions.channelPrefix ?? "socket.io";
  const channels = namespaces.map((nsp) => `${prefix}#${nsp}`);
  const { listening, lost } = trackListening(pool, channels);

  const { createAdapter } = require(`adapter-${adapter}`);
  const httpServer = createServer();
  const io = new Server(httpServer, {
    ...serverOptions,
    adapter: createAdapter(pool, adapterOptions),
  });
  for (const nsp of namespaces.map((name) => io.of(name))) {
    // Generations up to 0.3.1 report a failed query as an event of the adapter.
    nsp.adapter.on("error", (error) => errors.push(error));
    // The socket is in its rooms before its client sees "connect".
    nsp.on("connection", (socket) => socket.join(socket.handshake.auth.rooms ?? []));
  }
  await listening();

  httpServer.listen(0, HOST);
  await once(httpServer, "listening");
  const { port } = httpServer.address();

  let closed;
  async function end() {
    const adapters = namespaces.map((nsp) => io.of(nsp).adapter);
    await io.close();
    await pool.end();
    for (const { heartbeatTimer } of adapters) {
      // Up to 0.3.1, a heartbeat on its way at close() schedules another.
      clearTimeout(heartbeatTimer);
    }
  }
  const close = () => {
    closed ??= end();
    return closed;
  };
  return { io, port, url: `http://${HOST}:${port}`, pool, listening, lost, close };
}

/**
 * Starts Socket.IO servers on `server` (see postgres.mjs) or on `connectionString`, and resolves
 * when each of them LISTENs on the channel of every namespace. `adapter` is a generation, installed
 * as `adapter-<version>`. The attachment table is created, unless `createTable` is false.
 * `serverOptions` are those of Socket.IO's `Server`.
 */
export async function startCluster({
  server,
  connectionString,
  adapter = NEWEST_ADAPTER,
  servers: count = 2,
  namespaces = ["/"],
  adapterOptions = {},
  serverOptions = {},
  createTable = true,
}) {
  const errors = [];
  const options = { errorHandler: (error) => errors.push(error), ...adapterOptions };
  const config = server ? server.config : { connectionString };
  const openPool = () => {
    const pool = new pg.Pool(config);
    pool.on("error", () => {});
    pool.on("connect", (client) => client.on("error", () => {}));
    return pool;
  };

  if (createTable) {
    const admin = new pg.Client(config);
    await admin.connect();
    try {
      await createAttachmentTable(admin, options.tableName ?? "socket_io_attachments");
    } finally {
      await admin.end();
    }
  }

  const servers = await Promise.all(
    Array.from({ length: count }, () =>
      startServer({
        openPool,
        adapter,
        namespaces,
        adapterOptions: options,
        serverOptions,
        errors,
      }),
    ),
  );
  const clients = new Set();
  let closed;

  return {
    servers,
    /** What the adapters reported: a message they could not read, a query that failed. */
    errors,
    /** A client of one server, connected, and already in its rooms. */
    async connect(serverIndex, nsp = "/", { rooms = [], ...clientOptions } = {}) {
      const client = connectClient(servers[serverIndex].url + nsp, {
        auth: { rooms },
        forceNew: true,
        reconnection: false,
        transports: ["websocket"],
        ...clientOptions,
      });
      clients.add(client);
      await new Promise((resolve, reject) => {
        client.once("connect", resolve);
        client.once("connect_error", reject);
      });
      return client;
    },
    close() {
      closed ??= (async () => {
        for (const client of clients) {
          client.disconnect();
        }
        await Promise.all(servers.map((each) => each.close()));
      })();
      return closed;
    },
  };
}
