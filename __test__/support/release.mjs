// The packages as a release publishes them, and what an application needs beside them.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack, packRelease as packPackages } from "../../tools/release-packages.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the tests of a folder without network install beside the package. */
const DEPENDENCIES = ["@msgpack/msgpack", "debug", "ms"];

/** As napi names the platform of a target. */
const platformOfTarget = (target) => {
  const [, cpu, system, abi] = /^(\w+?)-\w+-(\w+?)(?:-(\w+))?$/.exec(target);
  const parts = [
    system === "windows" ? "win32" : system,
    cpu === "x86_64" ? "x64" : "arm64",
    ...(abi ? [abi] : []),
  ];
  return parts.join("-");
};

/**
 * Packs the packages of a release, and their dependencies, into `folder`. Only this machine's binary is
 * a real one: the others are texts.
 */
export async function packRelease(folder) {
  const { napi } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const binaries = join(folder, "binaries");
  await mkdir(binaries);
  for (const platform of napi.targets.map(platformOfTarget)) {
    const name = `${napi.binaryName}.${platform}.node`;
    await copyFile(join(ROOT, name), join(binaries, name)).catch((error) => {
      if (error.code !== "ENOENT") throw error;
      return writeFile(join(binaries, name), `the binary for ${platform}`);
    });
  }
  const ours = await packPackages({ binaries, target: folder });
  const theirs = DEPENDENCIES.map((name) => join(ROOT, "node_modules", name));
  return [...ours, ...(await pack(theirs, folder))];
}
