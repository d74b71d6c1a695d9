// What `npm test`, `npm run demo` and `npm run playground` do first: install the dependencies and
// build the addon, unless that is done already. It runs before anything is installed, so it imports nothing but Node.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, ".setup", "build");

// AVA and the tools need what came with this version.
const MINIMUM_NODE = [20, 19];
const BUILD_INPUTS = [
  "Cargo.toml",
  "Cargo.lock",
  "build.rs",
  ".cargo",
  "rust-toolchain.toml",
  "src",
];

const say = (text) => console.log(`setup: ${text}`);

function fail(text) {
  console.error(`setup: ${text}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_NODE;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    fail(`Node.js ${MINIMUM_NODE.join(".")} or newer is needed, this is ${process.versions.node}`);
  }
}

/** Whether `node_modules` holds what package-lock.json asks for, whoever installed it. */
function isInstalled() {
  const packages = (path) => JSON.parse(readFileSync(join(root, path), "utf8")).packages;
  const wanted = packages("package-lock.json");
  let present;
  try {
    // npm's own record, which it writes as the last step of an installation.
    present = packages("node_modules/.package-lock.json");
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    // An optional package is missing where it is for another platform.
    return (
      path === "" || (found ? found.version === version && found.integrity === integrity : optional)
    );
  });
}

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

/** By content: a checkout or a change of branch sets every file's time anew. */
function hashInputs() {
  const hash = createHash("sha256");
  const { scripts, napi } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  hash.update(JSON.stringify([scripts.build, napi]));
  for (const file of BUILD_INPUTS.flatMap((path) => [...inputFiles(path)])) {
    const content = readFileSync(join(root, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function isBuilt(hash) {
  const target = `.${process.platform}-${process.arch}`;
  return (
    existsSync(join(root, "binding.js")) &&
    readdirSync(root).some((name) => name.includes(target) && name.endsWith(".node")) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === hash
  );
}

function checkRust() {
  const { status, error, stderr } = spawnSync("cargo", ["--version"], {
    encoding: "utf8",
    cwd: root,
  });
  if (error?.code === "ENOENT") {
    fail(
      "Rust is missing (no `cargo` in the PATH): install it from https://rustup.rs, then try again",
    );
  }
  if (status !== 0) {
    fail(`Rust does not work: ${(error?.message ?? stderr).trim().split("\n")[0]}`);
  }
}

function npm(...args) {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === "win32";
  const { status, error } = spawnSync("npm", args, { cwd: root, stdio: "inherit", shell });
  if (status !== 0) {
    fail(`npm ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
  }
}

checkNode();
const hash = hashInputs();
const install = !isInstalled();
const build = !isBuilt(hash);
if (build) {
  // Before the installation: nobody should wait for that, to be told only then.
  checkRust();
}
if (install) {
  say("installing the dependencies (npm ci)");
  npm("ci", "--no-audit", "--no-fund");
}
if (build) {
  say("building the addon (npm run build); the first time takes a minute or two");
  npm("run", "build");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}
if (install || build) {
  say("done");
}
