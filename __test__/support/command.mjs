// The command line, as a process of its own.

import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const TIMEOUT_MS = 40_000;

/** No setting from whoever runs the tests. */
const cleanEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));

/** Starts a command; `ended` resolves with `{ code, stdout, stderr }`. */
export function startCommand(args, { env = {} } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...cleanEnvironment(), NODE_OPTIONS: "", ...env },
    stdio: "pipe",
  });
  const output = { stdout: "", stderr: "" };
  const changes = new EventEmitter();
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (chunk) => {
      output[name] += chunk;
      changes.emit("change");
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
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

/** Runs a command to its end, with `input` on its standard input. */
export function command(args, { input = "", ...options } = {}) {
  const { child, ended } = startCommand(args, options);
  // A command that ends early reads no more.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return ended;
}
