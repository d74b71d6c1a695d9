// Everything the demo needs, and its end.

import { startCluster } from "../../tools/cluster.mjs";
import { listen } from "../../tools/listener.mjs";
import { startPostgres } from "../../tools/postgres.mjs";
import { gatherAudience, MEMBERS, NAMESPACES, PATIENCE_MS } from "./audience.mjs";
import { startEmitter } from "./emitter-process.mjs";
import * as screen from "./screen.mjs";

const ADAPTER = "0.5.0";

// The name under which this process's own connections show up in the database.
const OWN_NAME = "demo";

/** What has to be ended, in the order it was started. */
const endings = [];
let ended;

/** Ends whatever was started so far. A second call waits for the first. */
export function endWorld() {
  ended ??= (async () => {
    for (const end of endings.reverse()) {
      await end();
    }
  })();
  return ended;
}

async function started(promise, end) {
  // Known from now on: an interruption waits for what is just starting, and ends it.
  endings.push(() => promise.then(end, () => {}));
  const thing = await promise;
  return ended ? new Promise(() => {}) : thing;
}

/** How the database sees the emitter: the connections that are not this process's. */
function watchBackends(pool) {
  const emitterBackends = async () => {
    const { rows } = await pool.query(
      `SELECT pid FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND application_name <> $1`,
      [OWN_NAME],
    );
    return rows;
  };
  return {
    emitterBackends,
    /** A backend needs a moment to notice that its client has gone. Returns what is wrong. */
    async backendsGone() {
      const deadline = performance.now() + PATIENCE_MS;
      while ((await emitterBackends()).length > 0) {
        if (performance.now() > deadline) {
          return "its connection is still there";
        }
      }
      return undefined;
    },
  };
}

export async function buildWorld() {
  process.env.PGAPPNAME = OWN_NAME;
  screen.print("Starting PostgreSQL, two Socket.IO servers, three clients and an emitter …");
  const postgres = await started(startPostgres(), (server) => server.stop());
  const pool = postgres.pool();
  const { rows } = await pool.query("SHOW server_version");

  const cluster = await started(
    startCluster({
      server: postgres,
      adapter: ADAPTER,
      namespaces: NAMESPACES,
      // It is the emitter that creates the table, with `ensureTable()`.
      createTable: false,
    }),
    (each) => each.close(),
  );
  const listener = await started(
    listen(
      postgres.config,
      NAMESPACES.map((nsp) => `socket.io#${nsp}`),
    ),
    (each) => each.close(),
  );
  const audience = await gatherAudience(cluster, screen.received);
  const emitter = await started(startEmitter(postgres.connectionString), (each) => each.kill());

  screen.heading("Who is here");
  screen.print(`  PostgreSQL ${rows[0].server_version} on port ${postgres.config.port}`);
  cluster.servers.forEach(({ port }, index) => {
    screen.print(
      `  server ${index + 1} on port ${port}, with @socket.io/postgres-adapter ${ADAPTER}`,
    );
  });
  for (const [name, { server, nsp, rooms }] of Object.entries(MEMBERS)) {
    screen.member(name, `server ${server + 1}`, nsp, `rooms: ${rooms.join(", ")}`);
  }
  screen.print(
    `  the emitter in a process of its own, ${emitter.pid} (this one is ${process.pid})`,
  );

  return { cluster, pool, listener, audience, emitter, lastFence: 0, ...watchBackends(pool) };
}
