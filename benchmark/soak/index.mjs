// `npm run soak`: emitters for minutes, and all that goes wrong meanwhile. See `npm run soak -- --help`.

import { setTimeout as delay } from "node:timers/promises";
import { audited } from "../../tools/audit.mjs";
import { randomFrom } from "../../tools/random.mjs";
import { startDisturbances } from "./disturbances.mjs";
import { arrivalsOf, figuresOf, isBad } from "./figures.mjs";
import { startLoads } from "./load.mjs";
import { watchMemory } from "./memory.mjs";
import { readOptions } from "./options.mjs";
import { progressText, reportText } from "./report.mjs";
import { startRequests } from "./requests.mjs";
import { openWorld } from "./world.mjs";

const PROGRESS_MS = 10_000;
const SESSIONS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'socket.io-postgres-emitter'`;

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(options.help);
  process.exit(0);
}

/** Until no session of an emitter is left: what it was working on is then done, or never will be. */
async function sessionsGone(pool) {
  for (;;) {
    const { rows } = await pool.query(SESSIONS);
    if (rows[0].n === 0) return;
    await delay(50);
  }
}

async function soak(world) {
  const began = performance.now();
  const minutes = () => (performance.now() - began) / 60_000;
  const random = randomFrom(options.seed);
  const loads = startLoads(world, random);
  const requests = startRequests(loads[0].emitter, random);
  const disturbances = startDisturbances(world, random, options.minutes);
  const memory = watchMemory();
  const progress = setInterval(() => {
    console.error(progressText(minutes(), loads, disturbances.counts));
  }, PROGRESS_MS);

  await Promise.race([delay(options.minutes * 60_000), disturbances.failed]);
  clearInterval(progress);
  const counts = await disturbances.stop();
  const answers = await requests.stop();
  await Promise.all(loads.map((load) => load.stop()));
  const used = memory.stop();
  await sessionsGone(world.pool);
  const arrivals = arrivalsOf((await audited(world.pool)).map(({ payload }) => payload));
  const messages = figuresOf(loads, arrivals);
  return { options, messages, answers, disturbances: counts, memory: used };
}

console.error(`seed ${options.seed}`);
const world = await openWorld(options.postgres);
let result;
try {
  result = await soak(world);
} finally {
  await world.close();
}
console.log(options.json ? JSON.stringify(result) : reportText(result));
process.exitCode = isBad(result.messages) ? 1 : 0;
