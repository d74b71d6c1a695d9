// Where everything is kept that is downloaded and built: below `target`, or in PLATFORMS_CACHE.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const CACHE = resolve(process.env.PLATFORMS_CACHE ?? join(PROJECT, "target", "platforms"));

export const inCache = (...parts) => join(CACHE, ...parts);

/**
 * Keeps the cache for this process, until it ends; rejects where another one has it. A socket whose name
 * begins with a NUL is no file: the kernel frees the name, however its process ends.
 */
export async function lockCache() {
  const digest = createHash("sha256").update(CACHE).digest("hex");
  const server = createServer().unref().listen(`\0platforms-${digest}`);
  await once(server, "listening").catch((error) => {
    throw new Error(`another run has ${CACHE}: wait for its end, or set PLATFORMS_CACHE`, {
      cause: error,
    });
  });
}

/** The folder of that name, which `fill` is called for once: what it leaves half done is done again. */
export async function kept(name, fill) {
  const folder = inCache(name);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await fill(part);
  await mkdir(dirname(folder), { recursive: true });
  await rename(part, folder);
  return folder;
}
