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
