// TLS before a server that has none: by Node's own OpenSSL, with any certificate.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/**
 * Speaks TLS with a certificate of its own, and passes everything on to the server at `host` and `port`.
 * `refuse` makes it answer like a server that has TLS, and fail the handshake. Resolves to its `port`,
 * and `close()`.
 */
export async function startTlsProxy({
  host = "127.0.0.1",
  port,
  certificate: { cert, key },
  refuse = false,
  maxVersion,
}) {
  const sockets = new Set();
  const secureContext = refuse ? undefined : createSecureContext({ cert, key, maxVersion });
  const keep = (socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("close", () => sockets.delete(socket));
    return socket;
  };
  const pass = (from) => {
    const onward = keep(connect(port, host));
    from.pipe(onward).pipe(from);
    // A connection that breaks has no end to be passed on.
    from.once("close", () => onward.end());
  };
  const server = createServer(async (socket) => {
    keep(socket);
    // https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest
    const [first] = await once(socket, "data");
    const isRequest = first.length === 8 && first.readInt32BE(4) === 80_877_103;
    if (!isRequest) {
      socket.pause();
      socket.unshift(first);
      return pass(socket);
    }
    socket.write("S");
    if (refuse) return socket.once("data", () => socket.end(Buffer.from("no handshake\n")));
    pass(keep(new TLSSocket(socket, { isServer: true, secureContext })));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
