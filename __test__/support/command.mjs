// Processes that are watched while they run: the command line, and programs of the documents.

import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { NEVER_MS } from "../../tools/limits.mjs";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

/** No setting of the user who runs the tests, nor of the npm that does. */
const cleanEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PG|npm_|DATABASE_URL$)/.test(name)),
  );

/**
 * Starts a program; `ended` resolves with `{ code, signal, stdout, stderr }`. Beside `timeoutMs` the
 * options are those of `spawn`.
 */
export function startProgram(program, args, { env = {}, timeoutMs = NEVER_MS, ...options } = {}) {
  const child = spawn(program, args, {
    env: { ...cleanEnvironment(), NODE_OPTIONS: "", ...env },
    stdio: "pipe",
    ...options,
  });
  const output = { stdout: "", stderr: "" };
  const changes = new EventEmitter();
  for (const name of ["stdout", "stderr"]) {
    child[name]?.setEncoding("utf8").on("data", (chunk) => {
      output[name] += chunk;
      changes.emit("change");
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(timer);
    return { code, signal, ...output };
  });
  /** Until `check` holds for what it has printed so far. */
  const until = async (check) => {
    while (!check(output)) {
      await Promise.race([
        once(changes, "change"),
        ended.then(({ stderr }) => Promise.reject(new Error(`it has ended: ${stderr}`))),
      ]);
    }
    return output;
  };
  return { child, ended, until };
}

/** Starts a command of the command line. */
export const startCommand = (args, options) =>
  startProgram(process.execPath, [MAIN, ...args], options);

/** Runs a command to its end, with `input` on its standard input. */
export function command(args, { input = "", ...options } = {}) {
  const { child, ended } = startCommand(args, options);
  // A command that ends early reads no more.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return ended;
}
