// The demo: `npm run demo`. A database, two Socket.IO servers and three clients in this process, an
// emitter in another one, and every call of the emitter with what came of it.

import { endWorld } from "./endings.mjs";
import { runStep } from "./run.mjs";
import * as screen from "./screen.mjs";
import { chapters } from "./steps.mjs";
import { buildWorld } from "./world.mjs";

const TIME_LIMIT_MS = 60_000;

async function play() {
  const started = performance.now();
  const world = await buildWorld();
  let total = 0;
  let failed = 0;
  for (const { title, steps } of chapters) {
    screen.heading(title);
    for (const step of steps) {
      total++;
      if (!(await runStep(world, step))) {
        failed++;
      }
    }
  }
  const exitCode = await world.emitter.stop();
  if (exitCode !== 0) {
    screen.verdict([`the emitter's process ended with code ${exitCode}`]);
    failed++;
  }
  if (world.cluster.errors.length > 0) {
    screen.verdict(world.cluster.errors.map((error) => `an adapter reported: ${error.message}`));
    failed++;
  }
  await endWorld();
  screen.summary(total, failed, ((performance.now() - started) / 1000).toFixed(1));
  return failed === 0 ? 0 : 1;
}

let aborting = false;

async function abort(reason, code) {
  if (aborting) {
    // What fails now fails because everything is being ended.
    return;
  }
  aborting = true;
  screen.verdict([reason]);
  await endWorld();
  screen.stopped();
  process.exit(code);
}

process.on("SIGINT", () => abort("interrupted", 130));
process.on("SIGTERM", () => abort("terminated", 143));
setTimeout(() => abort("it takes too long", 1), TIME_LIMIT_MS).unref();

try {
  process.exitCode = await play();
} catch (error) {
  await abort(error.stack, 1);
}
