// What the addon is built from, and whether that is done: for tools that run before anything is
// installed, so it imports nothing but Node.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, ".setup", "build");

const BUILD_INPUTS = [
  "Cargo.toml",
  "Cargo.lock",
  "build.rs",
  ".cargo",
  "rust-toolchain.toml",
  "src",
];

/** Every file that decides what the addon is, in a fixed order. */
function* inputFiles(path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) {
      yield* inputFiles(join(path, name));
    }
  } else if (stats) {
    yield path;
  }
}

/** What the addon is built from. By content: a checkout or a change of branch sets every file's time anew. */
export function hashInputs() {
  const hash = createHash("sha256");
  const { scripts, napi } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  hash.update(JSON.stringify([scripts.build, napi]));
  for (const file of BUILD_INPUTS.flatMap((path) => [...inputFiles(path)])) {
    const content = readFileSync(join(root, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** Whether the addon of this machine is the release build of what `hash` stands for. */
export function isBuilt(hash) {
  const target = `.${process.platform}-${process.arch}`;
  return (
    existsSync(join(root, "binding.js")) &&
    readdirSync(root).some((name) => name.includes(target) && name.endsWith(".node")) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === hash
  );
}

/** Remembers that the release build of `hash` is there; or, with none, that another one is. */
export function remember(hash) {
  rmSync(stamp, { force: true });
  if (hash === undefined) return;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** What keeps Rust from working here, if something does. */
export function faultOfRust() {
  const { status, error, stderr } = spawnSync("cargo", ["--version"], {
    encoding: "utf8",
    cwd: root,
  });
  if (error?.code === "ENOENT") {
    return "Rust is missing (no `cargo` in the PATH): install it from https://rustup.rs, then try again";
  }
  if (status === 0) return undefined;
  return `Rust does not work: ${(error?.message ?? stderr).trim().split("\n")[0]}`;
}
