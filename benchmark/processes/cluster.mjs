// A process with Socket.IO servers and clients that answer, until its parent ends it.

import { startCluster } from "../../tools/cluster.mjs";
import { CHANNEL_PREFIX, CLIENTS_EACH, QUESTION, SERVERS } from "../answers.mjs";

const config = JSON.parse(process.argv[2]);
const cluster = await startCluster({
  server: { config },
  servers: SERVERS,
  adapterOptions: { channelPrefix: CHANNEL_PREFIX },
  createTable: false,
});
for (let server = 0; server < SERVERS; server++) {
  for (let index = 0; index < CLIENTS_EACH; index++) {
    const client = await cluster.connect(server);
    client.on(QUESTION, (arg, callback) => callback(arg));
  }
}
process.on("disconnect", () => process.exit());
process.send({ ready: true });
