// The time of a flush to disk: how long it is here, and how to make it longer.

import { execFile } from "node:child_process";
import { chmod, mkdtemp, open, rm } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { quantile } from "../statistics.mjs";

const SOURCE = fileURLToPath(new URL("./slow-flush.c", import.meta.url));
const FLUSHES = 100;
const PAGE = 8_192;

/** The median time of a flush where temporary files, and so the servers' data, are: in microseconds. */
export async function flushMicros() {
  const folder = await mkdtemp(join(tmpdir(), "sio-flush-"));
  try {
    const file = await open(join(folder, "file"), "w");
    // PostgreSQL, too, writes its log into files that have their length.
    await file.write(Buffer.alloc(FLUSHES * PAGE, 1));
    await file.sync();
    const page = Buffer.alloc(PAGE, 2);
    const times = [];
    for (let i = 0; i < FLUSHES; i++) {
      await file.write(page, 0, PAGE, i * PAGE);
      const start = performance.now();
      await file.datasync();
      times.push((performance.now() - start) * 1_000);
    }
    await file.close();
    return quantile(times, 0.5);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Builds what lengthens each flush of a server. Resolves to `{ env, remove }`, where `env(millis)` is what
 * the server's environment needs for it, or to `{ missing }`, why there is none.
 */
export async function buildSlowFlush() {
  if (platform() !== "linux") {
    return { missing: "flushes are lengthened on Linux alone" };
  }
  const folder = await mkdtemp(join(tmpdir(), "sio-slow-flush-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  // The account that runs the server has to read it.
  await chmod(folder, 0o755);
  const library = join(folder, "slow-flush.so");
  try {
    await promisify(execFile)("cc", ["-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]);
  } catch (error) {
    await remove();
    const why = error.code === "ENOENT" ? "there is no C compiler (cc)" : error.message;
    return { missing: why };
  }
  const env = (millis) => ({
    LD_PRELOAD: library,
    SLOW_FLUSH_MICROS: String(Math.round(millis * 1_000)),
  });
  return { env, remove };
}
