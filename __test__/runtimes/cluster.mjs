// Node's cluster: the primary and two workers, with an emitter each.
import cluster from "node:cluster";
import { once } from "node:events";
import { Emitter } from "../../index.js";

const [connection, name] = process.argv.slice(2);
const io = new Emitter(connection);
await io.emit("said", name, cluster.isPrimary ? "primary" : `worker ${cluster.worker.id}`);
if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0]));
  if (codes.some((code) => code !== 0)) throw new Error(`the workers: ${codes}`);
}
await io.close();
if (cluster.isWorker) process.exit(0);
