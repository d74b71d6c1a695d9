// How fast the relay drains a backlog, after another one has left its dead rows.

import { sessionMs, startClock } from "./clock.mjs";

export async function warmUp(peer, { run, size, dead }) {
  await peer.fill({ run, size, count: dead });
  await peer.drain();
  await peer.settle();
  return dead;
}

export async function measure(peer, messages) {
  await peer.fill(messages);
  const session = await peer.session();
  const before = sessionMs(session);
  const clock = startClock();
  await peer.drain();
  const passed = clock.stop();
  const after = sessionMs(session);
  await peer.settle();
  return { ...passed, sessionUs: ((after - before) * 1_000) / messages.count };
}
