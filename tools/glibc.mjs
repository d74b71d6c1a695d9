// The oldest glibc that a binary runs with: `node tools/glibc.mjs FILE [2.17]`, which fails where it is a
// newer one than that, or none. Imports nothing but Node.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The oldest that a release is built for, and that Rust's standard library runs with. */
export const OLDEST_GLIBC = "2.17";

const numbers = (version) => version.split(".").map(Number);

/** Which of two versions (`2.28`) is the newer one, as `Array.prototype.sort` asks for it. */
export function compareGlibc(one, other) {
  const [[major, minor], [otherMajor, otherMinor]] = [numbers(one), numbers(other)];
  return major - otherMajor || minor - otherMinor;
}

/**
 * The newest version of glibc that the ELF file asks for, such as `2.17`; undefined where it asks for
 * none. The table of strings holds each version that a symbol needs, between two NULs.
 */
export function glibcFloor(path) {
  const text = readFileSync(path, "latin1");
  const versions = [...text.matchAll(/\0GLIBC_(\d+\.\d+)(?:\.\d+)?(?=\0)/g)].map(
    ([, each]) => each,
  );
  return versions.sort(compareGlibc).at(-1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, allowed] = process.argv.slice(2);
  const floor = glibcFloor(path);
  console.log(`${path}: ${floor ? `glibc ${floor} or newer` : "no glibc"}`);
  if (allowed && (!floor || compareGlibc(floor, allowed) > 0)) process.exitCode = 1;
}
