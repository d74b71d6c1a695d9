// npm packages that a few tests need and `npm ci` does not install, kept below `.setup`.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SETUP = fileURLToPath(new URL("../.setup/", import.meta.url));

const isInstalled = (folder, { name, version }) => {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version;
};

/**
 * Installs packages, unless they are there, into a folder of `.setup`; returns its path.
 *
 * @param {string} group - the folder's name
 * @param {{ name: string, version: string, source?: string }[]} packages - `source` is a package's
 * own name, where it gets another one
 */
export function installPackages(group, packages) {
  const folder = join(SETUP, group);
  if (packages.every((each) => isInstalled(folder, each))) return folder;
  mkdirSync(folder, { recursive: true });
  const specs = packages.map(({ name, version, source }) =>
    source ? `${name}@npm:${source}@${version}` : `${name}@${version}`,
  );
  const flags = [
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--prefix",
    folder,
  ];
  execFileSync("npm", ["install", ...flags, ...specs], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return folder;
}
