// The demo's end of the line to the emitter's process.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./emitter.mjs", import.meta.url));

/**
 * Starts the process. Its commands answer with `{ result, millis }`, or with
 * `{ error: { code, message, responses }, millis }`; `millis` is how long it took there. `onStateChange`
 * is called when the emitter or its relay has another state.
 */
export async function startEmitter(connectionString, { onStateChange } = {}) {
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
    if (id === "state") onStateChange?.();
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
    /** A transaction: `within` makes a call through the outbox, `how` is COMMIT or ROLLBACK. */
    begin: (transaction) => request("begin", [transaction]),
    within: (transaction, steps) => request("within", [transaction, steps]),
    end: (transaction, how) => request("end", [transaction, how]),
    /** The relay that publishes what is committed. */
    startRelay: () => request("startRelay", []),
    relayState: () => request("relayState", []),
    closeRelay: () => request("closeRelay", []),
    /** Lets the process end by itself, and resolves with its exit code. */
    async stop() {
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
