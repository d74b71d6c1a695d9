// What every emitter needs on the other side: a PostgreSQL, and two Socket.IO servers on it.

import { NEWEST_ADAPTER } from "../../tools/adapters.mjs";
import { startCluster } from "../../tools/cluster.mjs";
import { startPostgres } from "../../tools/postgres.mjs";
import { NAMESPACES } from "./audience.mjs";
import { started } from "./endings.mjs";
import { print } from "./screen.mjs";

/** Starts both; `endWorld` ends them. `clusterOptions` are those of `startCluster`. */
export async function startBackend(clusterOptions = {}) {
  const postgres = await started(startPostgres(), (server) => server.stop());
  const pool = postgres.pool();
  const { rows } = await pool.query("SHOW server_version");
  const cluster = await started(
    startCluster({
      server: postgres,
      adapter: NEWEST_ADAPTER,
      namespaces: NAMESPACES,
      // It is the emitter that creates the table, with `ensureTable()`.
      createTable: false,
      ...clusterOptions,
    }),
    (each) => each.close(),
  );
  return { postgres, pool, cluster, adapter: NEWEST_ADAPTER, version: rows[0].server_version };
}

export function printBackend({ postgres, cluster, adapter, version }) {
  print(`  PostgreSQL ${version} on port ${postgres.config.port}`);
  cluster.servers.forEach(({ port }, index) => {
    print(`  server ${index + 1} on port ${port}, with @socket.io/postgres-adapter ${adapter}`);
  });
}
