// Servers with TLS: PostgreSQL itself, and what stands before one.

import { startPostgres } from "../../tools/postgres.mjs";
import { startTlsProxy as startProxy } from "../../tools/tls-proxy.mjs";
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

/** A proxy that ends with its test; resolves to its port. */
export async function startTlsProxy(t, options) {
  const proxy = await startProxy(options);
  t.teardown(() => proxy.close());
  return proxy.port;
}
