// A Socket.IO server in a process of its own, to be frozen and killed: `node server-process.mjs
// <connection string> <adapter>`. It says "ready" on stdout.

import { startCluster } from "../../tools/cluster.mjs";

const [, , connectionString, adapter] = process.argv;
const { servers } = await startCluster({ connectionString, adapter, servers: 1 });
servers[0].io.on("pid", (callback) => callback(process.pid));
console.log("ready");
