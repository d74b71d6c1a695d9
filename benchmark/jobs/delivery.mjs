// How long after its commit a message is notified: one transaction after the other, with pauses.

import { setTimeout as wait } from "node:timers/promises";
import { ROOM } from "../events.mjs";
import { EVENT } from "../peers/envelope.mjs";
import { quantile } from "../statistics.mjs";
import { orderOf, UPDATE } from "../transactions/orders.mjs";
import { startClock } from "./clock.mjs";

/** A prefix of its own: the process that listens must not hear it. */
const channelPrefix = "delivery";
const LISTEN = `LISTEN "${channelPrefix}#/"`;

/** Up to two of the relay's pauses, so that a commit comes at any time between two of its looks. */
const pause = () => wait(Math.random() * 80);

async function deliver(peer, count) {
  const [client, listener] = await Promise.all([peer.connect(), peer.connect()]);
  await listener.query(LISTEN);
  let heard;
  listener.on("notification", () => heard(performance.now()));
  const emitter = peer.emitter(client, { channelPrefix });
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    await pause();
    const delivered = new Promise((resolve) => {
      heard = resolve;
    });
    await client.query("BEGIN");
    await client.query(UPDATE, [orderOf(i)]);
    await emitter.to(ROOM).emit(EVENT, i);
    await client.query("COMMIT");
    const committed = performance.now();
    peer.committed();
    // Of `using`, the notification can come before the answer to the COMMIT.
    times[i] = Math.max(0, (await delivered) - committed);
  }
  await Promise.all([client.end(), listener.end()]);
  return times;
}

export async function warmUp(peer) {
  const count = 5;
  await deliver(peer, count);
  return count;
}

export async function measure(peer, { count }) {
  const clock = startClock();
  const times = await deliver(peer, count);
  const passed = clock.stop();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(times, share) * 1_000);
  return { ...passed, p50, p90, p99 };
}
