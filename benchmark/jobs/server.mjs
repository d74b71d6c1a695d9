// What the server does when nobody has to write the messages and send them.

import { startClock } from "./clock.mjs";

const WARM_UP = 5_000;

export async function warmUp(peer, { run, size }) {
  await peer.sendAlone({ run, size, count: WARM_UP });
  return WARM_UP;
}

export async function measure(peer, job) {
  const clock = startClock();
  await peer.sendAlone(job);
  return clock.stop();
}
