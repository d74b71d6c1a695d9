// Other programs, each with a limit of time.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
const MAX_OUTPUT = 64 * 2 ** 20;
const SHOWN_LINES = 30;

/** What a platform's test lacks: it is skipped, and says so. */
export class Missing extends Error {}

/** What a registry gives; without it, what needs it is skipped. */
export const fetched = (what, downloading) =>
  downloading.catch((error) => {
    throw new Missing(`${what} cannot be fetched: ${error.message}`, { cause: error });
  });

const tail = (text) => text.trim().split("\n").slice(-SHOWN_LINES).join("\n");

/**
 * Runs a program to its end; resolves to what it printed. The limit ends what it started, too. An error
 * shows the last lines of what it said. `env` is added to this process's own, unless `isAlone` is true.
 */
export async function run(command, args, { minutes = 5, env, isAlone, ...options } = {}) {
  const limited = ["--kill-after=10", `${minutes}m`, command, ...args];
  try {
    const { stdout } = await execute("timeout", limited, {
      maxBuffer: MAX_OUTPUT,
      env: isAlone ? env : { ...process.env, ...env },
      ...options,
    });
    return stdout;
  } catch (error) {
    const why =
      error.code === 124 ? `was not done after ${minutes} minutes` : `failed (${error.code})`;
    throw new Error(`${command} ${why}:\n${tail(`${error.stdout}\n${error.stderr}`)}`, {
      cause: error,
    });
  }
}
