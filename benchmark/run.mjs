// One run: one peer does one job, and the listener counts what came.

import { FIRST_RUN } from "./events.mjs";
import { startServerClock } from "./jobs/clock.mjs";
import { start } from "./processes/children.mjs";

let nextRun = FIRST_RUN;

/** Those whose messages, if there are any, the process that listens does not hear. */
const UNHEARD_PEERS = new Set(["floor", "none"]);
const UNHEARD_JOBS = new Set(["answers", "delivery", "idle"]);

/** Starts a process that listens as `servers` servers to `namespaces` namespaces. */
export async function startListener(config, { servers = 1, namespaces = 1 } = {}) {
  const listener = start("listener", { config, servers, namespaces });
  await listener.next("ready");
  return {
    expect: (run) => listener.send({ expect: { run } }),
    arrived(count) {
      listener.send({ finished: { count } });
      return listener.next("arrivals");
    },
    kill: listener.kill,
  };
}

/** The times of a run, for each message. */
function figures(count, measured, serverMs, arrivals) {
  const each = (ms) => (ms * 1_000) / count;
  const { startedAt, ms, loopMs, threadCpuMs, threadWaitMs, processCpuMs, callsMs, ...rest } =
    measured;
  return {
    ...rest,
    count,
    perSecond: count / (ms / 1_000),
    loopUs: each(loopMs),
    threadCpuUs: each(threadCpuMs),
    threadWaitUs: each(threadWaitMs),
    processCpuUs: each(processCpuMs),
    serverCpuUs: each(serverMs),
    ...(callsMs !== undefined && { callsUs: each(callsMs) }),
    ...(arrivals && {
      arrivedPerSecond: count / (Number(BigInt(arrivals.lastAt) - BigInt(startedAt)) / 1e9),
    }),
  };
}

/** Runs `peer` in a process of its own; resolves to its figures and what the listener has seen. */
export async function runOnce({ server, listener, peer, job, jobOptions }) {
  const { config, postmaster } = server;
  const heard = !UNHEARD_PEERS.has(peer) && !UNHEARD_JOBS.has(job);
  const runs = { warmUp: nextRun++, measure: nextRun++ };
  if (heard) listener.expect(runs.warmUp);
  const emitter = start("emitter", {
    peer,
    job: peer === "server" ? "server" : job,
    config,
    warmUp: { ...jobOptions, run: runs.warmUp },
    measure: { ...jobOptions, run: runs.measure },
  });
  try {
    const warmed = await emitter.next("warmed");
    if (heard) {
      await listener.arrived(warmed);
      listener.expect(runs.measure);
    }
    const clock = startServerClock(postmaster);
    emitter.send("go");
    const measured = await emitter.next("measured");
    const count = measured.sent ?? jobOptions.count;
    const arrivals = heard ? await listener.arrived(count) : undefined;
    const serverMs = clock.stop();
    emitter.send("end");
    await emitter.ended();
    return { ...figures(count, measured, serverMs, arrivals), ...(arrivals && { arrivals }) };
  } finally {
    emitter.kill();
  }
}
