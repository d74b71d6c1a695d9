// Other programs, each with a limit of time.

import { execFile } from "node:child_process";
import { constants } from "node:os";
import { promisify } from "node:util";

const execute = promisify(execFile);
const MAX_OUTPUT = 64 * 2 ** 20;
const SHOWN_LINES = 30;

/** What a platform's test lacks: it is skipped, and says so. */
export class Missing extends Error {}

const running = new Set();
let stopped;

/**
 * From now on, a signal that ends this process ends first the programs that run, with all that they
 * started, and lets no other one start. `timeout` puts them into a group of their own, which a terminal's
 * Ctrl-C does not reach. A second signal is not waited for.
 */
export function stopOnSignals(say) {
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      say(`${signal}: stopping`);
      process.exitCode = 128 + constants.signals[signal];
      stopped = new Error(`stopped by ${signal}`);
      for (const child of running) child.kill("SIGTERM");
    });
  }
}

/** What fails afterwards fails for that. */
export function throwIfStopped() {
  if (stopped) throw stopped;
}

/** What a registry gives; without it, what needs it is skipped. */
export const fetched = (what, downloading) =>
  downloading.catch((error) => {
    throw new Missing(`${what} cannot be fetched: ${error.message}`, { cause: error });
  });

const tail = (text) => text.trim().split("\n").slice(-SHOWN_LINES).join("\n");

/** Why a program did not do what it was to do; the first line says the most. */
function reasonOf({ code, stdout, stderr }, minutes) {
  if (code === 124) return `was not done after ${minutes} minutes`;
  const isFull = /No space left on device|ENOSPC/.test(stdout + stderr);
  return isFull ? "found no space left on the disk" : `failed (${code})`;
}

/**
 * Runs a program to its end; resolves to what it printed. The limit ends what it started, too. An error
 * shows the last lines of what it said. `env` is added to this process's own, unless `isAlone` is true.
 */
export async function run(command, args, { minutes = 5, env, isAlone, ...options } = {}) {
  throwIfStopped();
  const limited = ["--kill-after=10", `${minutes}m`, command, ...args];
  const execution = execute("timeout", limited, {
    maxBuffer: MAX_OUTPUT,
    env: isAlone ? env : { ...process.env, ...env },
    ...options,
  });
  running.add(execution.child);
  try {
    return (await execution).stdout;
  } catch (error) {
    throwIfStopped();
    const { stdout = "", stderr = "" } = error;
    const why = reasonOf({ ...error, stdout, stderr }, minutes);
    throw new Error(`${command} ${why}:\n${tail(`${stdout}\n${stderr}`)}`, { cause: error });
  } finally {
    running.delete(execution.child);
  }
}
