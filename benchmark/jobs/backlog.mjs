// How fast the relay drains a backlog, after another one has left so many dead rows.

import { startClock } from "./clock.mjs";

export async function warmUp(peer, { run, size, dead }) {
  await peer.fill({ run, size, count: dead });
  await peer.drain();
  await peer.settle();
  return dead;
}

export async function measure(peer, messages) {
  await peer.fill(messages);
  const clock = startClock();
  await peer.drain();
  return clock.stop();
}
