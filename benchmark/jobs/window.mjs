// So many emits in flight: each that settles makes room for the next.

import { ROOM, smallEvents } from "../events.mjs";
import { startClock } from "./clock.mjs";

/** Emits until `more(sent)` says no; resolves to how many were sent, when all are settled. */
export function emitInWindow(peer, event, inFlight, more) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let settled = 0;
    const emit = () => peer.emit(ROOM, event(sent++)).then(next, reject);
    const next = () => {
      settled++;
      if (more(sent)) emit();
      else if (settled === sent) resolve(sent);
    };
    for (let i = 0; i < inFlight && more(sent); i++) emit();
    if (sent === 0) resolve(0);
  });
}

export function warmUp(peer, { run, size, inFlight, warmUpMs }) {
  const end = performance.now() + warmUpMs;
  return emitInWindow(peer, smallEvents(run, size), inFlight, () => performance.now() < end);
}

export async function measure(peer, { run, size, inFlight, count }) {
  const event = smallEvents(run, size);
  const clock = startClock();
  await emitInWindow(peer, event, inFlight, (sent) => sent < count);
  return clock.stop();
}
