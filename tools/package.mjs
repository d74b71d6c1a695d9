// `npm run package`: two tarballs, of the package and of this machine's binary, that `npm install` takes
// together where nothing is published, as in a Docker image. Into the folder `packages`, or another one:
// `node tools/package.mjs FOLDER`. `--low-glibc` builds the binary anew, by Zig, for systems older than this.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./addon.mjs";
import { compareGlibc, glibcFloor, OLDEST_GLIBC } from "./glibc.mjs";
import { hasZig, oldGlibcCommand } from "./zig.mjs";

const require = createRequire(import.meta.url);
const { platformOf } = require("../lib/native.js");

/** npm adds these by itself, whatever `files` says. */
const ALWAYS = ["README.md", "LICENSE"];

/** What only a clone needs; without a release there are no packages of other platforms to depend on. */
const OF_THE_CLONE = [
  "devDependencies",
  "overrides",
  "workspaces",
  "allowScripts",
  "scripts",
  "napi",
];

const platform = platformOf(process);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { name, version, description, license, engines, napi } = manifest;
const binary = `${napi.binaryName}.${platform}.node`;
const binaryPackage = `${name}-${platform}`;

function stageMain(folder) {
  for (const file of [...ALWAYS, ...manifest.files]) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  const kept = Object.entries(manifest).filter(([key]) => !OF_THE_CLONE.includes(key));
  // A peer, so that pnpm links it; optional, so that no registry is asked for a package of that name.
  const peer = {
    peerDependencies: { [binaryPackage]: version },
    peerDependenciesMeta: { [binaryPackage]: { optional: true } },
  };
  return { ...Object.fromEntries(kept), ...peer };
}

function stageBinary(folder) {
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(root, binary), join(folder, binary));
  const [os, cpu, libc] = platform.split("-");
  return {
    name: binaryPackage,
    version,
    description: `${description} (the binary for ${platform})`,
    license,
    main: binary,
    files: [binary],
    engines,
    os: [os],
    cpu: [cpu],
    ...(os === "linux" ? { libc: [libc === "musl" ? "musl" : "glibc"] } : undefined),
  };
}

/** Packs what `stage` puts into a folder; the tarball's path. */
function pack(stage, target) {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  try {
    const staged = stage(folder);
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(staged, undefined, 2)}\n`);
    const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", target];
    // On Windows npm is a script, which only a shell can start.
    const shell = process.platform === "win32";
    const { status, error } = spawnSync("npm", args, { cwd: folder, stdio: "pipe", shell });
    if (status !== 0) throw error ?? new Error(`npm pack of ${staged.name} failed`);
    return join(target, `${staged.name}-${version}.tgz`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds for an older glibc than this machine's. */
function buildForOldGlibc() {
  if (!platform.endsWith("-gnu")) throw new Error(`${platform} has no glibc`);
  if (!hasZig()) {
    throw new Error(
      "there is no Zig: python3 -m venv zig && zig/bin/pip install --requirement tools/zig.txt, then with zig/bin in the PATH",
    );
  }
  const options = { cwd: root, stdio: "inherit", shell: true };
  const { status } = spawnSync(`npm exec -- ${oldGlibcCommand(manifest.scripts.build)}`, options);
  if (status !== 0) throw new Error("the build for an older glibc failed");
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "low-glibc": { type: "boolean" } },
});
if (values["low-glibc"]) buildForOldGlibc();
const target = resolve(positionals[0] ?? join(root, "packages"));
mkdirSync(target, { recursive: true });
const tarballs = [pack(stageMain, target), pack(stageBinary, target)];
const shown = tarballs.map((path) => relative(process.cwd(), path));
console.log(`${shown.join("\n")}\n`);
const floor = platform.endsWith("-gnu") ? glibcFloor(join(root, binary)) : undefined;
console.log(`The binary is for ${platform}${floor ? `, with glibc ${floor} or newer` : ""}.`);
if (floor && compareGlibc(floor, OLDEST_GLIBC) > 0 && hasZig()) {
  console.log(`With glibc ${OLDEST_GLIBC} or newer, by Zig: npm run package -- --low-glibc`);
}
console.log(`In an application: npm install ${tarballs.join(" ")}`);
