// How long it takes until all answers are there: one request after the other.

import { quantile } from "../statistics.mjs";
import { startClock } from "./clock.mjs";

async function ask(peer, { call, answers }) {
  const { length } = await peer[call]();
  if (length !== answers) throw new Error(`${call} gave ${length} answers instead of ${answers}`);
}

export async function warmUp(peer, options) {
  const end = performance.now() + options.warmUpMs;
  let asked = 0;
  do {
    await ask(peer, options);
    asked++;
  } while (performance.now() < end);
  return asked;
}

export async function measure(peer, options) {
  const times = new Float64Array(options.count);
  const clock = startClock();
  for (let i = 0; i < options.count; i++) {
    const start = performance.now();
    await ask(peer, options);
    times[i] = performance.now() - start;
  }
  const passed = clock.stop();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(times, share) * 1_000);
  return { ...passed, p50, p90, p99 };
}
