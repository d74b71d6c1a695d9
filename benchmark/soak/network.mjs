// The network in front of PostgreSQL, in a process of its own so that it is as fast as one: `network.mjs
// <port>`. It tells its own port, and does what it is told by the name of a method; it ends with its
// parent.

import { once } from "node:events";
import { startProxy } from "../../tools/proxy.mjs";

const proxy = await startProxy({ port: Number(process.argv[2]) });
process.on("message", async (method) => {
  await proxy[method]();
  process.send({});
});
process.send({ port: proxy.port });
await once(process, "disconnect");
process.exit(0);
