// A project that uses the package as a release has it, beside the tools that are tried with it.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPackages } from "../../tools/packages.mjs";
import { packRelease } from "../support/release.mjs";

const run = promisify(execFile);
const OURS = "socket.io-postgres-emitter-rs";
const SOURCES = fileURLToPath(new URL("./", import.meta.url));

/** Unpacks the release's packages, those for other platforms left out, below `modules`. */
async function installRelease(modules) {
  const scratch = await mkdtemp(join(tmpdir(), "users-"));
  try {
    for (const { manifest, tarball } of await packRelease(scratch)) {
      if (manifest.os && !(manifest.os.includes(process.platform) && isForHere(manifest))) continue;
      const place = join(modules, manifest.name);
      await rm(place, { recursive: true, force: true });
      await mkdir(place, { recursive: true });
      await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", place]);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const isForHere = ({ cpu, libc }) => {
  const isGlibc = Boolean(process.report.getReport().header.glibcVersionRuntime);
  const own = isGlibc ? "glibc" : "musl";
  return cpu.includes(process.arch) && (libc === undefined || libc.includes(own));
};

/**
 * The folder `name` beside this file, copied to where it finds the package and `packages`, which are
 * installed there.
 *
 * @param {string} name
 * @param {Record<string, string>} packages - versions by name
 * @returns {Promise<{ folder: string, modules: string }>}
 */
export async function createProject(name, packages) {
  const wanted = Object.entries(packages).map(([each, version]) => ({ name: each, version }));
  const parent = installPackages(`users-${name}`, wanted);
  const modules = join(parent, "node_modules");
  await installRelease(modules);
  const folder = join(parent, name);
  await rm(folder, { recursive: true, force: true });
  await cp(join(SOURCES, name), folder, { recursive: true });
  // Without one the nearest is that of the clone, which then would find itself by the package's name.
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const found = createRequire(join(folder, "main.js")).resolve(OURS);
  if (!found.startsWith(join(modules, OURS))) throw new Error(`${found} is not what was installed`);
  return { folder, modules };
}
