// The goals, and whether they are reached.

import { transactionGoals } from "../transactions/goals.mjs";
import { deliveryOf } from "./delivery.mjs";
import { ratio } from "./summary.mjs";

const ours = (summary, figure) => summary?.ours?.[figure];

/** What a goal in µs is in terms of "stringify and a promise", which took 0.71 µs then. */
const floors = (us) => us / 0.71;

/** Each goal: what is at least wanted, what is aimed at, and where the figure is to be found. */
function rows(found) {
  const rate = (id, under) => ratio(found(id), "perSecond", "ours", under);
  const p50 = (id, over, under) => ratio(found(id), "p50", over, under);
  const loop = (id) => ratio(found(id), "loopUs", "official", "ours");
  // The other way round: of a slow machine, too, this tells how much more than needed is done.
  const overFloor = ratio(found("burst-100"), "threadCpuUs", "ours", "floor");
  const faster = (id) => p50(id, "official", "ours");

  return [
    ["burst of 100 B, × official", 30, 40, rate("burst-100", "official")],
    ["burst of 1 kB, × official", 8, 10, rate("burst-1000", "official")],
    ["burst of 5 kB, × official", 2.5, 3, rate("burst-5000", "official")],
    ["burst of 100 B, × batcher", 1.3, 1.8, rate("burst-100", "batcher")],
    ["1000 in flight, × batcher", 1.2, 1.5, rate("window-1000", "batcher")],
    ["10 in flight, × batcher", 1, 1.2, rate("window-10", "batcher")],
    // The first counts the wait for a core, too: with fewer cores than busy processes, most of it.
    ["event loop, µs for each emit", 1.6, 0.9, ours(found("burst-100")?.summary, "loopUs")],
    ["  its thread's own CPU time, µs", 1.6, 0.9, ours(found("burst-100")?.summary, "threadCpuUs")],
    ["  the same, × stringify and a promise", floors(1.6), floors(0.9), overFloor],
    ["burst, share of the server's limit", 0.55, 0.85, rate("burst-100", "server")],
    ["1000 in flight, share of the limit", 0.7, 0.95, rate("window-1000", "server")],
    ["awaited emit, tight, p50 ÷ pool.query", 1.3, 1, p50("latency-tight", "ours", "pg")],
    ["awaited emit, paced, p50 ÷ pool.query", 0.9, 0.5, p50("latency-paced", "ours", "pg")],
    ["attachment 20 kB objects, × official", 2, 3, faster("attachment-objects-20k")],
    ["attachment 20 kB string, × official", 2, 3, faster("attachment-string-20k")],
    ["attachment 200 kB objects, × official", 2, 3, faster("attachment-objects-200k")],
    ["attachment 200 kB string, × official", 2, 3, faster("attachment-string-200k")],
    ["attachment 200 kB binary, × official", 4, 6, faster("attachment-binary-200k")],
    ["  event loop, 200 kB objects, × official", 3, 10, loop("attachment-objects-200k")],
    ["  event loop, 200 kB string, × official", 3, 10, loop("attachment-string-200k")],
    ["  event loop, 200 kB binary, × official", 10, 25, loop("attachment-binary-200k")],
    ["fetchSockets, p50 ÷ a server's", 1, 0.9, p50("answers-fetchSockets", "ours", "adapter")],
    ["emitWithAck, p50 ÷ a server's", 1, 0.9, p50("answers-emitWithAck", "ours", "adapter")],
    ...transactionGoals(found),
  ];
}

const verdict = (measured, atLeast, aim) => {
  const reaches = (goal) => (aim > atLeast ? measured >= goal : measured <= goal);
  if (reaches(aim)) return "aim";
  return reaches(atLeast) ? "yes" : "NO";
};

const OUR_PEERS = ["ours", "relay", "held", "alone", "beside"];

/** Our runs in which all is to be delivered in order. */
const ourRuns = (results) =>
  results
    .flatMap(({ runs }) => OUR_PEERS.flatMap((peer) => runs[peer] ?? []))
    .filter(({ arrivals }) => arrivals);

/**
 * The goals of what was measured: `{ goal, atLeast, aim, measured, verdict }`. `isJudged` is false where so
 * few messages were measured that a verdict would say more of the machine than of us: then there is none.
 */
export function goalsOf(results, isJudged = true) {
  const byId = new Map(results.map((result) => [result.id, result]));
  const goals = rows((id) => byId.get(id))
    .filter(([, , , measured]) => measured && !Number.isNaN(measured.median))
    .map(([goal, atLeast, aim, measured]) => ({
      goal,
      atLeast,
      aim,
      measured,
      verdict: isJudged ? verdict(measured.median, atLeast, aim) : undefined,
    }));

  const { emitted, delivered, duplicates, outOfOrder, strays } = deliveryOf(ourRuns(results));
  const whole = delivered === emitted && duplicates + outOfOrder + strays === 0;
  return { goals, delivery: { emitted, delivered, duplicates, outOfOrder, strays, whole } };
}
