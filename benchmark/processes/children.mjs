// The processes a benchmark starts, and what is asked of them.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const EXIT_MS = 5_000;

const running = new Set();

/** Starts `processes/<name>.mjs` with one argument, given as JSON. */
export function start(name, argument) {
  const path = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const child = fork(path, [JSON.stringify(argument)], { execArgv: ["--expose-gc"] });
  running.add(child);
  const exited = once(child, "exit").finally(() => running.delete(child));

  return {
    send: (message) => child.send(message),
    /** The next message, by its only property; an error if the process ends instead. */
    async next(property) {
      const stop = new AbortController();
      const gone = once(child, "exit", { signal: stop.signal }).then(([code, signal]) => {
        throw new Error(`the process ${name} ended (${signal ?? code})`);
      });
      const told = once(child, "message", { signal: stop.signal });
      try {
        const [message] = await Promise.race([told, gone]);
        if (!(property in message)) throw new Error(`${name} said ${Object.keys(message)}`);
        return message[property];
      } finally {
        gone.catch(() => {});
        told.catch(() => {});
        stop.abort();
      }
    },
    /** Resolves when it has ended by itself; one that does not is a finding. */
    async ended() {
      let timer;
      const late = new Promise((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`the process ${name} does not end by itself`)),
          EXIT_MS,
        );
      });
      const [code] = await Promise.race([exited, late]);
      clearTimeout(timer);
      if (code !== 0) throw new Error(`the process ${name} ended with code ${code}`);
    },
    kill: () => child.kill("SIGKILL"),
  };
}

export async function killAll() {
  const exits = [...running].map((child) => once(child, "exit"));
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(exits);
}
