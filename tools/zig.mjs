// Zig, where it is at hand: it links for a glibc that is older than the machine's. Imports nothing but
// Node.

import { spawnSync } from "node:child_process";
import { OLDEST_GLIBC } from "./glibc.mjs";

const TARGETS = { x64: "x86_64-unknown-linux-gnu", arm64: "aarch64-unknown-linux-gnu" };

const works = (program, ...args) => spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Whether cargo can build by Zig, which cargo-zigbuild looks for in both ways. */
export const hasZig = () =>
  works("cargo-zigbuild", "--version") &&
  (works("zig", "version") || works("python3", "-m", "ziglang", "version"));

/**
 * The build script of package.json, for the oldest glibc: a command for a shell, which leaves the binary
 * where the script does.
 */
export function oldGlibcCommand(script, arch = process.arch) {
  const [build, cargo] = script.split(" -- ");
  return `${build} --target ${TARGETS[arch]}.${OLDEST_GLIBC} --cross-compile -- ${cargo}`;
}
