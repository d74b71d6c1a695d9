// The rounds: in each, every peer takes its turn.

import { jobOptionsFor, measurementsFor } from "./measurements.mjs";
import { start } from "./processes/children.mjs";
import { isTimed } from "./report/summary.mjs";
import { runOnce } from "./run.mjs";

const whole = new Intl.NumberFormat("en");

const headline = (job, { perSecond, p50, sessionMs }) => {
  if (job === "idle") return `${sessionMs.toFixed(1)} ms of the server's CPU a second`;
  return isTimed(job)
    ? `p50 ${whole.format(Math.round(p50))} µs`
    : `${whole.format(Math.round(perSecond))}/s`;
};

const delivery = (job, { arrivals }) => {
  if (!arrivals) return "";
  const { count, distinct, duplicates, outOfOrder } = arrivals;
  if (job === "commits") return `, delivered ${whole.format(distinct)} of ${whole.format(count)}`;
  const order = outOfOrder === 0 ? "in order yes" : `in order no (${whole.format(outOfOrder)} not)`;
  const twice = duplicates === 0 ? "" : `, ${whole.format(duplicates)} twice`;
  return `, delivered ${whole.format(distinct)} of ${whole.format(count)}, ${order}${twice}`;
};

/**
 * Measures what the options ask for, as far as there are `servers` for it. Resolves to the
 * measurements, each with its runs by peer; `progress` is told of each run.
 */
export async function compare(servers, options, progress) {
  const results = [];
  let cluster;
  try {
    for (const measurement of measurementsFor(options)) {
      const { title, job, peers, rounds, addedMillis } = measurement;
      if (!servers.has(addedMillis)) continue;
      const { config, listener } = await servers.get(addedMillis);
      if (job === "answers" && cluster === undefined) {
        cluster = start("cluster", config);
        await cluster.next("ready");
      }
      const runs = Object.fromEntries(peers.map((peer) => [peer, []]));
      for (let round = 0; round < rounds; round++) {
        for (const peer of peers) {
          const jobOptions = jobOptionsFor(measurement, peer, options);
          const result = await runOnce({ config, listener, peer, job, jobOptions });
          runs[peer].push(result);
          const turn = `${title} · ${round + 1}/${rounds} · ${peer}`;
          progress(`${turn}: ${headline(job, result)}${delivery(job, result)}`);
        }
      }
      results.push({ ...measurement, runs });
    }
  } finally {
    cluster?.kill();
  }
  return results;
}
