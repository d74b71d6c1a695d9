// The demo's end of the line to the emitter's process.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./emitter.mjs", import.meta.url));

/**
 * Starts the process. `call` and `burst` answer with `{ result, millis }`, or with
 * `{ error: { code, message, responses }, millis }`; `millis` is how long it took there.
 */
export async function startEmitter(connectionString) {
  // The "advanced" serialization keeps bytes bytes.
  const { PGAPPNAME: _, ...env } = process.env;
  const child = fork(PROGRAM, [connectionString], { env, serialization: "advanced" });
  const exited = once(child, "exit");
  const waiting = new Map();
  let lastId = 0;
  let failure;

  const answer = (id) =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
  const request = (command, args) => {
    if (failure) return Promise.reject(failure);
    const id = ++lastId;
    const answered = answer(id);
    // Without a callback, a process that has just ended would be an uncaught error.
    child.send({ id, command, args }, (error) => {
      if (error) waiting.get(id)?.reject(error);
    });
    return answered;
  };

  child.on("message", ({ id, ...reply }) => {
    waiting.get(id)?.resolve(reply);
    waiting.delete(id);
  });
  exited.then(([code, signal]) => {
    failure = new Error(`the emitter's process ended early (${signal ?? code})`);
    for (const { reject } of waiting.values()) {
      reject(failure);
    }
  });

  await answer("ready");
  return {
    pid: child.pid,
    /** Resolves when the process has ended. */
    exited,
    call: (steps) => request("call", [steps]),
    burst: (targets, event, count) => request("burst", [targets, event, count]),
    /** Lets the process end by itself, and resolves with its exit code. */
    async end() {
      if (child.connected) {
        child.disconnect();
      }
      const [code] = await exited;
      return code;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
