// The rounds: in each, every peer takes its turn.

import { jobOptionsFor, measurementsFor } from "./measurements.mjs";
import { start } from "./processes/children.mjs";
import { isTimed } from "./report/summary.mjs";
import { runOnce, startListener } from "./run.mjs";

const whole = new Intl.NumberFormat("en");

const headline = (job, { perSecond, arrivedPerSecond, p50, sessionMs }) => {
  if (job === "idle") return `${sessionMs.toFixed(1)} ms of the server's CPU a second`;
  if (job === "growth") return `${whole.format(Math.round(arrivedPerSecond))}/s arrived`;
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

/** When a measurement has to be done, if there is a time for all of them. */
function dueTimes({ withinMs }, count) {
  const begin = performance.now();
  return (index) =>
    withinMs ? begin + (withinMs * (index + 1)) / count : Number.POSITIVE_INFINITY;
}

/** The rounds of one measurement; resolves to its runs by peer. */
async function runRounds(measurement, { server, listener, due }, options, progress) {
  const { title, job, peers, rounds } = measurement;
  const runs = Object.fromEntries(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() > due) break;
    for (const peer of peers) {
      const jobOptions = jobOptionsFor(measurement, peer, options);
      const result = await runOnce({ server, listener, peer, job, jobOptions });
      runs[peer].push(result);
      const turn = `${title} · ${round + 1}/${rounds} · ${peer}`;
      progress(`${turn}: ${headline(job, result)}${delivery(job, result)}`);
    }
  }
  return runs;
}

/**
 * Measures what the options ask for, as far as there are `servers` for it. Resolves to the
 * measurements, each with its runs by peer; `progress` is told of each run.
 */
export async function compare(servers, options, progress) {
  const results = [];
  let cluster;
  try {
    const measurements = measurementsFor(options).filter(({ addedMillis }) =>
      servers.has(addedMillis),
    );
    const dueOf = dueTimes(options, measurements.length);
    for (const [index, measurement] of measurements.entries()) {
      const { job, peers, listening } = measurement;
      const server = await servers.get(measurement);
      if (job === "answers" && cluster === undefined) {
        cluster = start("cluster", server.config);
        await cluster.next("ready");
      }
      const listener = listening ? await startListener(server.config, listening) : server.listener;
      const where = { server, listener, due: dueOf(index) };
      const runs = await runRounds(measurement, where, options, progress);
      if (listening) listener.kill();
      results.push({ ...measurement, rounds: runs[peers[0]].length, runs });
    }
  } finally {
    cluster?.kill();
  }
  return results;
}
