// A fixed number of emits in flight: each that settles makes room for the next.

import { ROOM, smallEvents } from "../events.mjs";
import { startClock } from "./clock.mjs";

/**
 * Sends until `more(sent)` says no, the i-th message by `send(i)`; resolves to how many were sent, when all
 * are settled.
 */
export function emitInWindow(send, inFlight, more) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let settled = 0;
    const emit = () => send(sent++).then(next, reject);
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
  const event = smallEvents(run, size);
  const end = performance.now() + warmUpMs;
  return emitInWindow(
    (i) => peer.emit(ROOM, event(i)),
    inFlight,
    () => performance.now() < end,
  );
}

export async function measure(peer, { run, size, inFlight, count }) {
  const event = smallEvents(run, size);
  const clock = startClock();
  await emitInWindow(
    (i) => peer.emit(ROOM, event(i)),
    inFlight,
    (sent) => sent < count,
  );
  return clock.stop();
}
