// A burst: all emits at once, in one loop.

import { ROOM, smallEvents } from "../events.mjs";
import { startClock } from "./clock.mjs";

export async function warmUp(peer, { run, size, warmUpMs }) {
  const event = smallEvents(run, size);
  const end = performance.now() + warmUpMs;
  let sent = 0;
  while (performance.now() < end) {
    const promises = [];
    for (let i = 0; i < 1_000; i++) promises.push(peer.emit(ROOM, event(sent++)));
    await Promise.all(promises);
  }
  return sent;
}

export async function measure(peer, { run, size, count }) {
  const event = smallEvents(run, size);
  const promises = new Array(count);
  const clock = startClock();
  for (let i = 0; i < count; i++) promises[i] = peer.emit(ROOM, event(i));
  const callsMs = clock.elapsed();
  await Promise.all(promises);
  return { ...clock.stop(), callsMs };
}
