// What `npm test`, `npm run demo` and `npm run playground` do first: install the dependencies and
// build the addon, unless that is done already. It runs before anything is installed, so it imports nothing but Node,
// and addon.mjs, for which the same holds.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faultOfRust, hashInputs, isBuilt, root } from "./addon.mjs";

// AVA and the tools need what came with this version.
const MINIMUM_NODE = [20, 19];

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

/** Whether `node_modules` holds what package-lock.json asks for, by npm or otherwise. */
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

function npm(...args) {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === "win32";
  const { status, error } = spawnSync("npm", args, { cwd: root, stdio: "inherit", shell });
  if (status !== 0) {
    fail(`npm ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
  }
}

checkNode();
const install = !isInstalled();
const build = !isBuilt(hashInputs());
if (build) {
  // Before the installation, which takes long: what is missing is told at once.
  const fault = faultOfRust();
  if (fault) fail(fault);
}
if (install) {
  say("installing the dependencies (npm ci)");
  npm("ci", "--no-audit", "--no-fund");
}
if (build) {
  say("building the addon (npm run build)");
  npm("run", "build");
}
if (install || build) {
  say("done");
}
