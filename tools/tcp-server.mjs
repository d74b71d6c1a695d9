// A server that is no PostgreSQL: what becomes of those who take it for one.

import { once } from "node:events";
import { createServer } from "node:net";

const HOST = "127.0.0.1";

/**
 * Takes connections, and gives each to `onConnection`, which by default does nothing: the server is mute. It
 * listens on `listenOn`, or on one that is free.
 * Resolves to its `port`, a `connectionString` that names it, the `sockets` of all connections so far, and
 * `close()`, which ends them, too.
 */
export async function startTcpServer(onConnection = () => {}, listenOn = 0) {
  const sockets = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    onConnection(socket);
  });
  server.listen(listenOn, HOST);
  await once(server, "listening");
  const { port } = server.address();
  return {
    port,
    connectionString: `postgres://user:secret@${HOST}:${port}/database`,
    sockets,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** What a server does that hangs up. */
export const hangUp = (socket) => socket.end();
