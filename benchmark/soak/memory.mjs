// The memory of this process while it soaks.

import { slope } from "../statistics.mjs";

const SAMPLE_MS = 500;
const MB = 2 ** 20;

/** Samples until `stop()`, which gives it in MB, and its growth in MB a minute. */
export function watchMemory() {
  const began = performance.now();
  const samples = [];
  const sample = () =>
    samples.push([(performance.now() - began) / 60_000, process.memoryUsage.rss() / MB]);
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      sample();
      const sizes = samples.map(([, rss]) => rss);
      // The heap finds its size first: what matters is whether it goes on growing.
      const later = samples.slice(Math.floor(samples.length / 3));
      return {
        first: sizes[0],
        max: Math.max(...sizes),
        last: sizes.at(-1),
        growthPerMinute: slope(later),
      };
    },
  };
}
