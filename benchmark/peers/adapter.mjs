// A Socket.IO server with the adapter asks the others: what an emitter's answers are measured by.

import { createRequire } from "node:module";
import { startCluster } from "../../tools/cluster.mjs";
import { CHANNEL_PREFIX, QUESTION, SERVERS } from "../answers.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

/** Its timer outlives the answers, and holds the process so long. */
const TIMEOUT_MS = 2_000;

export async function open(config) {
  const cluster = await startCluster({
    server: { config },
    servers: 1,
    adapterOptions: { channelPrefix: CHANNEL_PREFIX },
    createTable: false,
  });
  const [{ io }] = cluster.servers;
  // A server hears of another at its next heartbeat, up to five seconds later; or when it is asked
  // all for one, as an emitter does.
  while ((await io.of("/").adapter.serverCount()) <= SERVERS) {
    const emitter = new Emitter(config, "/", { channelPrefix: CHANNEL_PREFIX });
    await emitter.serverCount();
    await emitter.close();
  }
  return {
    fetchSockets: () => io.fetchSockets(),
    emitWithAck: () => io.timeout(TIMEOUT_MS).emitWithAck(QUESTION, 1),
    close: () => cluster.close(),
  };
}
