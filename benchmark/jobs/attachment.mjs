// One awaited emit of something that goes through the table.

import { largeEvent, ROOM } from "../events.mjs";
import { quantile } from "../statistics.mjs";
import { startClock } from "./clock.mjs";

export async function warmUp(peer, { kind, size, warmUpMs }) {
  const event = largeEvent(kind, size);
  const end = performance.now() + warmUpMs;
  let sent = 0;
  while (performance.now() < end) {
    await peer.emit(ROOM, event);
    sent++;
  }
  return sent;
}

export async function measure(peer, { kind, size, count }) {
  const event = largeEvent(kind, size);
  const times = new Float64Array(count);
  const clock = startClock();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await peer.emit(ROOM, event);
    times[i] = performance.now() - start;
  }
  const passed = clock.stop();
  const [p50, p90] = [0.5, 0.9].map((share) => quantile(times, share) * 1_000);
  return { ...passed, p50, p90 };
}
