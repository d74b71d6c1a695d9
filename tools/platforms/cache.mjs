// Where everything is kept that is downloaded and built: below `target`, or in PLATFORMS_CACHE.

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const CACHE = resolve(process.env.PLATFORMS_CACHE ?? join(PROJECT, "target", "platforms"));

export const inCache = (...parts) => join(CACHE, ...parts);

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
