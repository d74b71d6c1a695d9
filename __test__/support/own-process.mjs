// Starts the program of server-process.mjs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { NEWEST_ADAPTER } from "../../tools/adapters.mjs";

const PROGRAM = fileURLToPath(new URL("./server-process.mjs", import.meta.url));

/** A server in a process of its own, for the length of the test `t`. */
export async function serverProcess(t, { connectionString }, adapter = NEWEST_ADAPTER) {
  const child = spawn(process.execPath, [PROGRAM, connectionString, adapter], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}
