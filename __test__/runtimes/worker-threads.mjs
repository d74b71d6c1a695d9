// Two threads with an emitter each; one closes it, one is stopped while it sends.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Emitter } from "../../index.js";

if (isMainThread) {
  const [connection, name] = process.argv.slice(2);
  const start = (job) =>
    new Worker(fileURLToPath(import.meta.url), { workerData: { connection, name, job } });
  const polite = start("close");
  await once(polite, "exit");
  const busy = start("stay");
  await once(busy, "message");
  await busy.terminate();
  const io = new Emitter(connection);
  await io.emit("said", name, "main");
  await io.close();
} else {
  const { connection, name, job } = workerData;
  const io = new Emitter(connection);
  if (job === "close") {
    await io.emit("said", name, "worker");
    await io.close();
  } else {
    setInterval(() => io.emit("busy").then(() => parentPort.postMessage("sent")), 1);
  }
}
