// Other runtimes than the one that runs this, from npm packages that carry their programs, kept below
// `.setup/runtimes`: some 300 MB to download, once.

import { createRequire } from "node:module";
import { join } from "node:path";
import { installPackages } from "./packages.mjs";

const { platformOf } = createRequire(import.meta.url)("../lib/native.js");

/** What docs/runtimes.md says, too. */
export const VERSIONS = {
  node: { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" },
  bun: "1.4.5",
  deno: "2.9.6",
};

/** The packages' names for this platform; none of them is for musl. */
const NAMES = {
  "linux-x64-gnu": ["linux-x64", "linux-x64", "linux-x64-glibc"],
  "linux-arm64-gnu": ["linux-arm64", "linux-aarch64", "linux-arm64-glibc"],
  "darwin-x64": ["darwin-x64", "darwin-x64", "darwin-x64"],
  "darwin-arm64": ["darwin-arm64", "darwin-aarch64", "darwin-arm64"],
  "win32-x64-msvc": ["win-x64", "windows-x64", "win32-x64"],
};

/** An npm package under a name of our own: what to install, and where its program is. */
const entry = (name, source, version, program, flags = []) => ({
  name,
  source,
  version,
  program,
  flags,
});

function entries() {
  const platform = platformOf(process);
  const names = NAMES[platform];
  if (!names) throw new Error(`the runtimes' packages are not for ${platform}`);
  const [node, bun, deno] = names;
  const exe = process.platform === "win32" ? ".exe" : "";
  return [
    ...Object.entries(VERSIONS.node).map(([major, version]) =>
      entry(`node-${major}`, `node-${node}`, version, `bin/node${exe}`),
    ),
    entry("bun", `@oven/bun-${bun}`, VERSIONS.bun, `bin/bun${exe}`),
    // What the addon needs; a native socket asks for no `--allow-net`.
    entry("deno", `@deno/${deno}`, VERSIONS.deno, `deno${exe}`, [
      "run",
      "--no-prompt",
      "--allow-ffi",
      "--allow-read",
      "--allow-env",
    ]),
  ];
}

/** The runtimes, installed: `{ name, version, command, flags }`, with `flags` before the program. */
export function installRuntimes() {
  const wanted = entries();
  const folder = installPackages("runtimes", wanted);
  return wanted.map(({ name, version, program, flags }) => ({
    name,
    version,
    flags,
    command: join(folder, "node_modules", name, program),
  }));
}
