// How many transactions a second a number of clients commit, each as fast as the server lets it.

import { startClock } from "./clock.mjs";

/** Transactions for so long, by all clients. Resolves to how many they were. */
async function commitFor(peer, { clients, ...message }, millis) {
  const sessions = await peer.sessions(clients);
  const end = performance.now() + millis;
  let count = 0;
  const next = () => (performance.now() < end ? count++ : undefined);
  const statementOf = (arg) => peer.statement(arg);
  const clock = startClock();
  await Promise.all(sessions.map((session) => session.run(message, statementOf, next)));
  return { ...clock.stop(), sent: count };
}

export async function warmUp(peer, options) {
  const { sent } = await commitFor(peer, options, options.warmUpMs);
  return sent;
}

export async function measure(peer, options) {
  const measured = await commitFor(peer, options, options.seconds * 1_000);
  // Near 1, the clients' one thread is what limits them, and no more the server.
  return { ...measured, clientCores: measured.processCpuMs / measured.ms };
}
