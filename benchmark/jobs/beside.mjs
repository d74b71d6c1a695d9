// How long one awaited emit takes while something else is being done, as many of them as find the time.

import { setTimeout as wait } from "node:timers/promises";
import { ROOM, smallEvents } from "../events.mjs";
import { quantile } from "../statistics.mjs";
import { startClock } from "./clock.mjs";
import { warmUp as warmUpLatency } from "./latency.mjs";

export const warmUp = warmUpLatency;

export async function measure(peer, { run, size, count, backlog, pauseMs }) {
  const event = smallEvents(run, size);
  const times = [];
  await peer.startDraining({ run, size, count: backlog });
  const clock = startClock();
  do {
    await wait(pauseMs);
    const start = performance.now();
    await peer.emit(ROOM, event(times.length));
    times.push(performance.now() - start);
  } while (times.length < count && peer.isDraining());
  const passed = clock.stop();
  await peer.settled();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(times, share) * 1_000);
  return { ...passed, sent: times.length, p50, p90, p99 };
}
