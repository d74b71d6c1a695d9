// The rounds of a measurement, brought together.

import { spread } from "../statistics.mjs";
import { deliveryOf } from "./delivery.mjs";

const IGNORED = new Set(["arrivals", "samples"]);

const TIMED = new Set(["latency", "attachment", "answers", "delivery", "beside"]);

/** Whether a job is about the time of one call after the other. */
export const isTimed = (job) => TIMED.has(job);

/** The figure by which peers are compared; more of it is better, or less. */
export function mainFigure(job) {
  if (isTimed(job)) return { name: "p50", better: "less" };
  // What is committed can still be on its way to those that listen.
  return { name: job === "growth" ? "arrivedPerSecond" : "perSecond", better: "more" };
}

/**
 * One peer's figure over another's, round by round: what disturbs the machine disturbs both. A
 * spread, or nothing when one of them was not measured.
 */
export function ratio(measurement, figure, over, under) {
  const [a, b] = [measurement?.runs[over], measurement?.runs[under]];
  if (!a || !b) return undefined;
  return spread(a.map((run, round) => run[figure] / b[round][figure]));
}

/** What each peer comes to, with "how many times ours". */
export function summarise(measurement) {
  const { job, peers, runs } = measurement;
  const { name, better } = mainFigure(job);
  const summary = {};
  for (const peer of peers) {
    const figures = Object.keys(runs[peer][0]).filter((key) => !IGNORED.has(key));
    summary[peer] = Object.fromEntries(
      figures.map((figure) => [figure, spread(runs[peer].map((run) => run[figure]))]),
    );
    summary[peer].delivery = deliveryOf(runs[peer]);
    summary[peer].timesOurs =
      better === "more"
        ? ratio(measurement, name, peer, "ours")
        : ratio(measurement, name, "ours", peer);
  }
  return summary;
}
