// What a relay costs while nothing is in the outbox.

import { setTimeout as wait } from "node:timers/promises";
import { sessionMs, startClock } from "./clock.mjs";

export async function warmUp(_peer, { warmUpMs }) {
  await wait(warmUpMs);
  return 0;
}

export async function measure(peer, { seconds }) {
  const session = await peer.session();
  const before = sessionMs(session);
  const clock = startClock();
  await wait(seconds * 1_000);
  const passed = clock.stop();
  const inASecond = (ms) => (ms * 1_000) / passed.ms;
  return {
    ...passed,
    sent: 1,
    sessionMs: inASecond(sessionMs(session) - before),
    relayMs: inASecond(passed.processCpuMs),
  };
}
