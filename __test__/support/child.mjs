// Small programs in a Node process of their own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { NEVER_MS } from "../../tools/limits.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs `source` as an ES module in the project's root (`import … from "./index.js"`) until it ends
 * by itself; `killed` is true when it did not within `timeoutMs`.
 */
export async function run(source, { env = {}, flags = [], timeoutMs = NEVER_MS } = {}) {
  const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", source], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  let killed = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  return { code, signal, killed, stdout, stderr };
}
