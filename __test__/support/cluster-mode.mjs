// Starts the program of cluster-app.mjs and connects clients to its workers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";
import { eventually } from "./database.mjs";
import { message, TYPE } from "./wire.mjs";

const APP = fileURLToPath(new URL("./cluster-app.mjs", import.meta.url));

/**
 * Starts it with this number of `workers`, and resolves when each of them really receives what is notified in
 * every namespace. `serialization` is how the processes talk to each other.
 */
export async function startClusterMode(
  database,
  { namespaces = ["/", "/admin"], workers: count = 2, serialization = "advanced" } = {},
) {
  const workers = Array.from({ length: count }, (_, index) => index + 1);
  const child = spawn(process.execPath, [APP], {
    env: {
      ...process.env,
      CONNECTION: database.connectionString,
      WORKERS: `${count}`,
      SERIALIZATION: serialization,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const exited = once(child, "exit");

  /** Waits for a report that `matches`. */
  const report = (matches, label) => eventually(() => lines.find(matches), label);
  const ports = [];
  const pids = [];
  for (const worker of workers) {
    const { port, pid } = await report((line) => line.worker === worker && line.port, "a port");
    ports.push(port);
    pids.push(pid);
  }

  const pool = database.pool({ max: 1 });
  for (const nsp of namespaces) {
    const probe = JSON.stringify(message(TYPE.SERVER_SIDE_EMIT, { packet: ["ready"] }, nsp));
    const ready = (worker) =>
      lines.some((line) => line.event === "ready" && line.nsp === nsp && line.worker === worker);
    await eventually(async () => {
      await pool.query("SELECT pg_notify($1, $2)", [`socket.io#${nsp}`, probe]);
      return workers.every(ready);
    }, `workers ready in ${nsp}`);
  }

  const clients = [];
  return {
    /** The workers' process ids. */
    pids,
    /** What the workers reported of server-side events, probes left out. */
    serverEvents: () => lines.filter(({ event }) => event && event !== "ready"),
    report,
    /** A client of the worker with this index, in its rooms. */
    async connect(index, nsp, rooms) {
      const socket = io(`http://127.0.0.1:${ports[index]}${nsp}`, {
        transports: ["websocket"],
        forceNew: true,
        reconnection: false,
        auth: { rooms },
      });
      clients.push(socket);
      await once(socket, "joined");
      return socket;
    },
    async close() {
      for (const socket of clients) {
        socket.disconnect();
      }
      child.stdin.end();
      await exited;
    },
  };
}
