// How long one awaited emit takes: one after the other, at once or with a pause between them.

import { setTimeout as wait } from "node:timers/promises";
import { ROOM, smallEvents } from "../events.mjs";
import { quantile } from "../statistics.mjs";
import { startClock } from "./clock.mjs";

export async function warmUp(peer, { run, size, warmUpMs }) {
  const event = smallEvents(run, size);
  const end = performance.now() + warmUpMs;
  let sent = 0;
  while (performance.now() < end) await peer.emit(ROOM, event(sent++));
  return sent;
}

export async function measure(peer, { run, size, count, pauseMs }) {
  const event = smallEvents(run, size);
  const times = new Float64Array(count);
  const clock = startClock();
  for (let i = 0; i < count; i++) {
    if (pauseMs) await wait(pauseMs);
    const start = performance.now();
    await peer.emit(ROOM, event(i));
    times[i] = performance.now() - start;
  }
  const passed = clock.stop();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(times, share) * 1_000);
  return { ...passed, p50, p90, p99 };
}
