// A worker thread that ends while its emitters ask, emit and connect. Its `workerData`: `connection`;
// `seed`; `exitsWithinMillis`, to call `process.exit(7)` at a random moment by itself; `everyMillis`,
// how often it makes a call. It posts "busy" when its first calls are under way.

import { parentPort, workerData } from "node:worker_threads";
import { Emitter } from "../index.js";
import { randomFrom } from "./random.mjs";

const { connection, seed, exitsWithinMillis, everyMillis = 2 } = workerData;
const random = randomFrom(seed);
const ignore = () => {};
const options = {
  errorHandler: ignore,
  onStateChange: ignore,
  discoveryMillis: 50,
  publishTimeoutMillis: 5_000,
};

const CALLS = {
  fetchSockets: (io) => io.fetchSockets(),
  emitWithAck: (io) => io.timeout(1_000).emitWithAck("ask", 1),
  serverSideEmitWithAck: (io) => io.timeout(1_000).serverSideEmitWithAck("who", 1),
  serverCount: (io) => io.serverCount(),
  emit: (io) => io.to("room").emit("load", random.next()),
  emitBytes: (io) => io.emit("load", Buffer.alloc(random.below(10_000))),
  connect: (io) => io.connect(),
  ensureTable: (io) => io.ensureTable(),
  queueUsage: (io) => io.queueUsage(),
  flush: (io) => io.flush(),
  ensureOutbox: (io) => io.ensureOutbox(),
  emitLater: (io) => io.outbox().emit("load", random.next()),
  outboxStatus: (io) => io.outboxStatus(),
  retrySetAside: (io) => io.retrySetAside(),
  relay: (io) => {
    const relay = io.relay({ errorHandler: ignore });
    const asked = Promise.all([relay.drain(), relay.stats()]);
    return asked.finally(() => relay.close());
  },
  elsewhere: (io) => io.of("/admin").fetchSockets(),
};
const names = Object.keys(CALLS);

const open = () => new Emitter(connection, "/", options);
const emitters = [open()];
const call = (name) => CALLS[name](random.one(emitters)).then(ignore, ignore);
const end = () => process.exit(7);

if (exitsWithinMillis !== undefined) {
  const millis = random.below(exitsWithinMillis);
  if (random.chance(0.5)) setTimeout(end, millis);
  // Where a promise is being settled, which is inside of a call from the native side.
  else setTimeout(() => emitters[0].queueUsage().then(end, end), millis);
}

for (const name of names) call(name);
setInterval(() => {
  call(random.one(names));
  if (random.chance(0.03)) {
    emitters.push(open());
    emitters.shift().close().then(ignore, ignore);
  }
}, everyMillis);
parentPort.postMessage("busy");
