// Everything the demo needs.

import { listen } from "../../tools/listener.mjs";
import { gatherAudience, MEMBERS, NAMESPACES, TIMEOUT_MS } from "./audience.mjs";
import { printBackend, startBackend } from "./backend.mjs";
import { startEmitter } from "./emitter-process.mjs";
import { started } from "./endings.mjs";
import * as screen from "./screen.mjs";

// The name under which this process's own connections show up in the database.
const OWN_NAME = "demo";

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
      const deadline = performance.now() + TIMEOUT_MS;
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
  const backend = await startBackend();
  const { postgres, pool, cluster } = backend;
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
  printBackend(backend);
  for (const [name, { server, nsp, rooms }] of Object.entries(MEMBERS)) {
    screen.member(name, `server ${server + 1}`, nsp, `rooms: ${rooms.join(", ")}`);
  }
  screen.print(
    `  the emitter in a process of its own, ${emitter.pid} (this one is ${process.pid})`,
  );

  return { cluster, pool, listener, audience, emitter, lastFence: 0, ...watchBackends(pool) };
}
