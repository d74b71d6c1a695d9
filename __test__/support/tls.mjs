// Servers with TLS: PostgreSQL itself, and what stands before one.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { startPostgres } from "../../tools/postgres.mjs";
import { writeFiles } from "./files.mjs";

/** Starts a PostgreSQL that takes connections over TLS alone, by these lines of pg_hba.conf. */
export async function startTlsPostgres({ certificate, authority, hba }) {
  const files = await writeFiles({
    "server.crt": certificate.cert,
    "server.key": certificate.key,
    "ca.crt": authority.cert,
    "hba.conf": hba.map((line) => `hostssl ${line}\n`).join(""),
  });
  const server = await startPostgres({
    settings: {
      ssl: "on",
      ssl_cert_file: files.paths["server.crt"],
      ssl_key_file: files.paths["server.key"],
      ssl_ca_file: files.paths["ca.crt"],
      hba_file: files.paths["hba.conf"],
    },
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await files.remove();
    },
  };
}

/**
 * What speaks TLS with a certificate of its own, and passes everything on to a server without.
 * `refuse` makes it answer like a server that has TLS, and fail the handshake.
 */
export async function startTlsProxy(t, { port, certificate, refuse = false, maxVersion }) {
  const sockets = new Set();
  const { cert, key } = certificate;
  const secureContext = refuse ? undefined : createSecureContext({ cert, key, maxVersion });
  const keep = (socket) => {
    sockets.add(socket.on("error", () => {}));
    return socket;
  };
  const pass = (from) => {
    const onward = keep(connect(port, "127.0.0.1"));
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
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}
