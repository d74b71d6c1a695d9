// What the server does when no client has to write the messages and send them.

import { sessionMs, startClock } from "./clock.mjs";

const WARM_UP = 5_000;

export async function warmUp(peer, { run, size }) {
  await peer.sendAlone({ run, size, count: WARM_UP });
  return WARM_UP;
}

export async function measure(peer, job) {
  const before = sessionMs(peer.session);
  const clock = startClock();
  await peer.sendAlone(job);
  const passed = clock.stop();
  return { ...passed, sessionUs: ((sessionMs(peer.session) - before) * 1_000) / job.count };
}
