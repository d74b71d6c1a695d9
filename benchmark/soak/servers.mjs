// Two Socket.IO servers with a client each, in a process of their own that ends with its parent:
// `servers.mjs <connection string>`.

import { once } from "node:events";
import { startCluster } from "../../tools/cluster.mjs";

const [, , connectionString] = process.argv;
const cluster = await startCluster({
  connectionString,
  namespaces: ["/", "/admin"],
});
for (const [index, { io }] of cluster.servers.entries()) {
  io.on("who", (arg, callback) => callback(arg));
  const client = await cluster.connect(index, "/", { rooms: ["room"] });
  client.on("ask", (arg, callback) => callback(arg));
}
process.send("ready");
await once(process, "disconnect");
process.exit(0);
