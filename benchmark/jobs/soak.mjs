// Full speed for a long time: does memory grow?

import { ROOM, smallEvents } from "../events.mjs";
import { slope } from "../statistics.mjs";
import { startClock } from "./clock.mjs";
import { emitInWindow, warmUp } from "./window.mjs";

const SAMPLE_MS = 500;
const MB = 1_048_576;

export { warmUp };

export async function measure(peer, { run, size, inFlight, seconds }) {
  const event = smallEvents(run, size);
  const samples = [];
  const clock = startClock();
  const sample = () => samples.push([clock.elapsed() / 1_000, process.memoryUsage.rss() / MB]);
  const timer = setInterval(sample, SAMPLE_MS);
  sample();
  const end = performance.now() + seconds * 1_000;
  const sent = await emitInWindow(
    (i) => peer.emit(ROOM, event(i)),
    inFlight,
    () => performance.now() < end,
  );
  clearInterval(timer);
  sample();
  const passed = clock.stop();

  const sizes = samples.map(([, rss]) => rss);
  // The heap finds its size first: what matters is whether it goes on growing.
  const later = samples.slice(Math.floor(samples.length / 3));
  return {
    ...passed,
    sent,
    firstMb: sizes[0],
    lastMb: sizes.at(-1),
    maxMb: Math.max(...sizes),
    slopeKbPerS: slope(later) * 1_024,
    samples,
  };
}
