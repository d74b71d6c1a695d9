// Node's cluster mode: the primary talks to PostgreSQL, WORKERS of them serve clients. It reports on
// stdout, one JSON object a line: {worker, port, pid} and {worker, nsp, event, args}. IPC stays free
// for the adapters, which forward whatever a worker sends.

import cluster from "node:cluster";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { NEWEST_ADAPTER } from "../../tools/adapters.mjs";

const require = createRequire(import.meta.url);
const NAMESPACES = ["/", "/admin"];
const EVENTS = ["ready", "hi", "bytes", "long", "server-fence"];

function primary() {
  // As published, 0.5.0 reads `default` of a module that has none.
  require("node:cluster").default = require("node:cluster");
  const pg = require("pg");
  const { setupPrimary } = require(`adapter-${NEWEST_ADAPTER}`);
  // JSON between the processes turns bytes into plain objects.
  cluster.setupPrimary({ serialization: process.env.SERIALIZATION });
  setupPrimary(new pg.Pool({ connectionString: process.env.CONNECTION }));
  for (let index = 0; index < Number(process.env.WORKERS); index++) {
    cluster.fork();
  }
  // The test ends this by closing its end of the pipe.
  process.stdin.resume().on("end", () => process.exit());
}

function worker() {
  const { Server } = require("socket.io");
  const { createAdapter } = require("@socket.io/cluster-adapter");
  const id = cluster.worker.id;
  const report = (line) => process.stdout.write(`${JSON.stringify({ worker: id, ...line })}\n`);
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter() });
  for (const nsp of NAMESPACES) {
    io.of(nsp).on("connection", (socket) => {
      socket.join(socket.handshake.auth.rooms ?? []);
      socket.emit("joined");
    });
    for (const event of EVENTS) {
      io.of(nsp).on(event, (...args) => report({ nsp, event, args }));
    }
    io.of(nsp).on("who", (arg, callback) =>
      callback({ worker: id, arg, bytes: Buffer.from([id]) }),
    );
    io.of(nsp).on("big", (callback) => callback("x".repeat(1_000_000)));
    io.of(nsp).on("hold", () => report({ nsp, event: "hold", args: [] }));
    io.of(nsp).on("close worker", (closing) => closing === id && io.close());
    io.of(nsp).on("first only", (callback) => id === 1 && callback(id));
  }
  // Each worker has a port of its own, so that a test knows whom a client talks to.
  http.listen({ port: 0, host: "127.0.0.1", exclusive: true }, () =>
    report({ port: http.address().port, pid: process.pid }),
  );
  process.on("disconnect", () => process.exit());
}

if (cluster.isPrimary) {
  primary();
} else {
  worker();
}
