// A process with traffic, and workers that end while they ask: `node ending-workers.mjs <connection>
// <seed>`. It ends by itself, with code 0, and prints how many workers ended how.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Emitter } from "../../index.js";
import { randomFrom } from "../../tools/random.mjs";

const WORKERS = 3;
const AT_ONCE = 2;
/** How long a worker lives at most, once it is busy: its first answers take about half of it. */
const LIFE_MS = 150;
const WORKER = new URL("../../tools/ending-worker.mjs", import.meta.url);

const [, , connection, seed] = process.argv;
const random = randomFrom(Number(seed));
const ended = {};

const io = new Emitter(connection, "/", { discoveryMillis: 50 });
let isOver = false;
async function send() {
  while (!isOver) {
    const small = Array.from({ length: 20 }, (_, n) => io.emit("load", n, "x".repeat(50 * n)));
    await Promise.all([...small, io.emit("load", Buffer.alloc(random.below(2_000)))]);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function startAndEnd() {
  const exitsWithinMillis = random.chance(0.5) ? LIFE_MS : undefined;
  const worker = new Worker(WORKER, {
    execArgv: [],
    workerData: { connection, seed: random.below(2 ** 32), exitsWithinMillis },
  });
  const exited = once(worker, "exit");
  if (exitsWithinMillis === undefined) {
    if (random.chance(0.8)) await once(worker, "message");
    await new Promise((resolve) => setTimeout(resolve, random.below(LIFE_MS)));
    await worker.terminate();
  }
  const [code] = await exited;
  const how = exitsWithinMillis === undefined ? "terminated" : `exited with ${code}`;
  ended[how] = (ended[how] ?? 0) + 1;
}

let left = WORKERS;
const traffic = send();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await startAndEnd();
  }),
);
isOver = true;
await traffic;
await io.close();
console.log(JSON.stringify(ended));
