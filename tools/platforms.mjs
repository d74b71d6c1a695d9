// Builds the addon for other platforms and runs it there, all on one Debian machine:
// `npm run test:platforms`, with `-- --help` for more. What is needed comes from the registries of
// Debian, PyPI and npm.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readArguments } from "./platforms/arguments.mjs";
import { lockCache, PROJECT } from "./platforms/cache.mjs";
import { testChecked } from "./platforms/checked.mjs";
import { Missing, run, stopOnSignals, throwIfStopped } from "./platforms/commands.mjs";
import { testLinux } from "./platforms/linux.mjs";
import { CHECKED, LINUX, WINDOWS } from "./platforms/list.mjs";
import { writeReport } from "./platforms/report.mjs";
import { rustVersion } from "./platforms/std.mjs";
import { testWindows } from "./platforms/windows.mjs";
import { startPostgres } from "./postgres.mjs";

const TESTS = {
  ...Object.fromEntries(Object.keys(LINUX).map((name) => [name, testLinux])),
  [WINDOWS]: testWindows,
  ...Object.fromEntries(Object.keys(CHECKED).map((name) => [name, testChecked])),
};
const names = Object.keys(TESTS);
const say = (text) => console.log(`platforms: ${text}`);

const { suite, write, wanted, text, code } = readArguments(process.argv.slice(2), names);
if (text !== undefined) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}

/** What keeps all of it from being run on this machine. */
async function unfit() {
  if (process.platform !== "linux" || process.arch !== "x64") return "it needs Linux on x64";
  if (process.getuid() !== 0) return "it needs root, for chroot and mounts";
  for (const program of ["apt-get", "dpkg", "unshare", "python3", "cargo"]) {
    const isThere = await run("sh", ["-c", 'command -v "$1"', "sh", program]).catch(
      () => undefined,
    );
    if (!isThere) return `it needs ${program}`;
  }
  const mounting = ["--mount", "--pid", "--fork", "mount", "--types", "tmpfs", "tmpfs", "/tmp"];
  return run("unshare", mounting).then(
    () => undefined,
    () => "it needs the right to mount (CAP_SYS_ADMIN), which a container seldom has",
  );
}

/** What came of one platform: `passed`, with what was run; `skipped` or `failed`, with the reason. */
async function outcomeOf(name, postgres) {
  const begin = performance.now();
  const context = { postgres, suite, say: (text) => say(`${name}: ${text}`) };
  try {
    const done = await TESTS[name](name, context);
    return {
      name,
      state: "passed",
      took: Math.round((performance.now() - begin) / 1_000),
      ...done,
    };
  } catch (error) {
    throwIfStopped();
    return { name, state: error instanceof Missing ? "skipped" : "failed", reason: error.message };
  }
}

/** What came of each that is wanted. */
async function outcomesOf() {
  const postgres = await startPostgres();
  const outcomes = [];
  try {
    for (const name of wanted) {
      const outcome = await outcomeOf(name, postgres);
      outcomes.push(outcome);
      say(`${name}: ${outcome.state.toUpperCase()}${outcome.reason ? `: ${outcome.reason}` : ""}`);
    }
  } finally {
    await postgres.stop();
  }
  return outcomes;
}

async function main() {
  const reason = await unfit();
  const outcomes = reason
    ? wanted.map((name) => ({ name, state: "skipped", reason }))
    : await lockCache().then(outcomesOf);
  for (const { name, state, ran, took, reason: why } of outcomes) {
    const first = why?.split("\n")[0];
    console.log(
      `${state.padEnd(8)} ${name.padEnd(18)} ${first ?? `${ran.join("; ")} (${took} s)`}`,
    );
  }
  const count = (state) => outcomes.filter((each) => each.state === state).length;
  console.log(
    `\n${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`,
  );
  if (write && !reason) {
    const { version } = JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8"));
    await writeReport(outcomes, names, { version, rust: await rustVersion() });
  }
  // What was only skipped was not found to work.
  process.exitCode = count("failed") > 0 || count("passed") === 0 ? 1 : 0;
}

stopOnSignals(say);
try {
  await main();
} catch (error) {
  say(error.message);
  process.exitCode ||= 1;
}
