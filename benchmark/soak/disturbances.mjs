// What goes wrong meanwhile, each kind again and again at random moments.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { endSessions } from "../../tools/sessions.mjs";
import { PUBLISH_TIMEOUT_MS } from "./load.mjs";

const WORKER = new URL("../../tools/ending-worker.mjs", import.meta.url);
const WORKER_LIFE_MS = 1_000;
const WORKER_EVERY_MS = 20;

/** Each kind: about how often, in milliseconds, and what happens then. */
const KINDS = {
  /** The server ends sessions; while it is away itself, there are none. */
  async terminations({ pool }, random) {
    const share = random.chance(0.5) ? 1 : 0.5;
    await endSessions(pool, { share, waits: false }).catch(() => {});
  },

  /** The network ends connections without a word. */
  async breaks({ network }) {
    await network.tell("cut");
  },

  /** It passes nothing on for a while, or not what the server says; then all of that, or nothing. */
  async stalls({ network }, random, signal) {
    await network.tell(random.one(["goBlack", "loseAnswers"]));
    await pause(random.below(1.5 * PUBLISH_TIMEOUT_MS), signal);
    if (random.chance(0.5)) await network.tell("cut");
    await network.tell("comeBack");
  },

  /** Orderly: what a crash takes that was not on disk yet, the audit could not tell from a loss. */
  async restarts({ server }, random, signal) {
    await server.halt();
    await pause(random.below(2_000), signal);
    await server.start();
  },

  /** A worker thread ends while it asks, by itself or terminated. */
  async workers({ direct, proxied }, random) {
    const exitsWithinMillis = random.chance(0.5) ? WORKER_LIFE_MS : undefined;
    const worker = new Worker(WORKER, {
      execArgv: [],
      workerData: {
        connection: random.chance(0.5) ? direct : proxied,
        seed: random.below(2 ** 32),
        exitsWithinMillis,
        everyMillis: WORKER_EVERY_MS,
      },
    });
    const exited = once(worker, "exit");
    if (exitsWithinMillis === undefined) {
      await delay(random.below(WORKER_LIFE_MS));
      await worker.terminate();
    }
    await exited;
  },
};

/** Resolves after `millis`, or when the run is over. */
const pause = (millis, signal) => delay(millis, undefined, { signal }).catch(() => {});

/** Starts them; `stop()` waits until all is well again, and gives how many there were of each. */
export function startDisturbances(world, random, minutes) {
  const whole = minutes * 60_000;
  const every = {
    terminations: Math.min(3_000, whole / 6),
    breaks: Math.min(5_000, whole / 6),
    stalls: Math.min(10_000, whole / 5),
    restarts: Math.min(25_000, whole / 4),
    workers: 200,
  };
  const over = new AbortController();
  const { signal } = over;
  const counts = {};
  const repeat = async (kind) => {
    counts[kind] = 0;
    for (;;) {
      await pause(every[kind] * (0.5 + random.next()), signal);
      if (signal.aborted) return;
      await KINDS[kind](world, random, signal);
      counts[kind]++;
    }
  };
  const work = Promise.all(Object.keys(KINDS).map(repeat));
  return {
    counts,
    /** Rejects when one of them fails. */
    failed: work,
    async stop() {
      over.abort();
      await work;
      return counts;
    },
  };
}
