// What a run cost the process that emitted.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

/**
 * Milliseconds the main thread really ran, and those it could have run but had no core to run on;
 * where the system tells (Linux).
 */
function threadMs() {
  try {
    const [ran, waited] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: Number.NaN, waited: Number.NaN };
  }
}

const MS_PER_US = 1e-3;

/** Milliseconds that a session of the server, a process with one thread, has run; where the system tells. */
export function sessionMs(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** The CPU time of each process of a server by its id, where the system tells; its first is the postmaster. */
function serverMs(postmaster) {
  const times = new Map([[postmaster, sessionMs(postmaster)]]);
  try {
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8");
    for (const pid of children.split(" ").filter(Boolean)) {
      const ms = sessionMs(pid);
      // One that has just ended has no time any more.
      if (!Number.isNaN(ms)) times.set(pid, ms);
    }
  } catch {
    times.set(postmaster, Number.NaN);
  }
  return times;
}

/** Starts the clock of a server's CPU; `stop()` tells how many milliseconds all its processes have run since. */
export function startServerClock(postmaster) {
  const before = serverMs(postmaster);
  return {
    stop: () =>
      [...serverMs(postmaster)].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0),
  };
}

/** Starts all clocks; `stop()` tells what has passed since. */
export function startClock() {
  const cpu = process.cpuUsage();
  const thread = threadMs();
  const loop = performance.eventLoopUtilization();
  const start = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - start) / 1e6;
  return {
    elapsed,
    stop() {
      const ms = elapsed();
      const { active } = performance.eventLoopUtilization(loop);
      const { ran, waited } = threadMs();
      const { user, system } = process.cpuUsage(cpu);
      return {
        startedAt: String(start),
        ms,
        // Time the event loop was not waiting; a share of it may have been another process's.
        loopMs: active,
        threadCpuMs: ran - thread.ran,
        threadWaitMs: waited - thread.waited,
        processCpuMs: (user + system) * MS_PER_US,
      };
    },
  };
}
