// What a relay costs while nothing is in the outbox.

import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { startClock } from "./clock.mjs";

/** Milliseconds a process has run, where the system tells (Linux). */
function cpuMsOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

export async function warmUp(_peer, { warmUpMs }) {
  await wait(warmUpMs);
  return 0;
}

export async function measure(peer, { seconds }) {
  const session = await peer.session();
  const before = cpuMsOf(session);
  const clock = startClock();
  await wait(seconds * 1_000);
  const passed = clock.stop();
  const inASecond = (ms) => (ms * 1_000) / passed.ms;
  return {
    ...passed,
    sent: 1,
    sessionMs: inASecond(cpuMsOf(session) - before),
    relayMs: inASecond(passed.processCpuMs),
  };
}
