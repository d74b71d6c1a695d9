// What is claimed of each platform, and the tool that finds it out.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { nearestPlatform, readArguments } from "../tools/platforms/arguments.mjs";
import { run as runLimited } from "../tools/platforms/commands.mjs";
import { CHECKED, LINUX } from "../tools/platforms/list.mjs";
import { rowOf, withRows } from "../tools/platforms/report.mjs";
import { eventually } from "./support/database.mjs";
import { entriesOf, jobsOf } from "./support/workflows.mjs";

const run = promisify(execFile);
const { PREBUILT } = createRequire(import.meta.url)("../lib/native.js");
const TOOL = fileURLToPath(new URL("../tools/platforms.mjs", import.meta.url));

let scratch;
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "platforms-"));
});
test.after.always(() => rm(scratch, { recursive: true, force: true }));

const read = (name) => readFile(new URL(`../${name}`, import.meta.url), "utf8");

test("each platform of a release is one that the tool knows, and one of the page", async (t) => {
  const known = [...Object.keys(LINUX), ...Object.keys(CHECKED)];
  t.deepEqual(known.sort(), [...PREBUILT].sort());
  const page = await read("docs/platforms.md");
  for (const name of PREBUILT) t.regex(page, new RegExp(`^\\| ${name} \\| \\S`, "m"), name);
});

test("it builds for the glibc of a release, by the same Zig", async (t) => {
  const entries = entriesOf((await jobsOf("release.yml")).build);
  for (const { target, glibc } of Object.values(LINUX)) {
    const entry = entries.find((each) => each.target === target);
    t.is(entry.glibc, glibc && `.${glibc}`, target);
  }
  t.true((await read("tools/platforms/python.mjs")).includes('"zig.txt"'));
});

test("what cannot be run is skipped with its reason, and fails when it was all", async (t) => {
  const args = [TOOL, "linux-x64-musl", "win32-x64-gnullvm"];
  // Of what it needs, nothing is found there.
  const error = await t.throwsAsync(run(process.execPath, args, { env: { PATH: "/nowhere" } }));
  t.is(error.code, 1);
  for (const name of args.slice(1)) {
    t.regex(error.stdout, new RegExp(`^skipped +${name} +it needs \\w+`, "m"));
  }
  t.regex(error.stdout, /^0 passed, 0 failed, 2 skipped$/m);
  t.is((await t.throwsAsync(run(process.execPath, [TOOL, "amiga"]))).code, 2);
});

test("a name that is unknown is told, with the one that is meant", (t) => {
  const known = [...Object.keys(LINUX), "win32-x64-gnullvm", ...Object.keys(CHECKED)];
  for (const [name, meant] of [
    ["musl", "linux-x64-musl"],
    ["alpine", "linux-x64-musl"],
    ["linux-arm64-msul", "linux-arm64-gnu"],
    ["x86_64-unknown-linux-musl", "linux-x64-musl"],
    ["aarch64-apple-darwin", "darwin-arm64"],
    ["Windows", "win32-x64-gnullvm"],
    ["macos", "darwin-x64"],
  ]) {
    t.is(nearestPlatform(name, known), meant, name);
    const { text, code } = readArguments([name], known);
    t.true(text.startsWith(`There is no platform ${name}: did you mean ${meant}? `), text);
    t.is(code, 2);
  }
  t.is(nearestPlatform("amiga", known), undefined);
  t.deepEqual(readArguments(["--suite", known[1], known[1]], known), {
    suite: true,
    write: false,
    wanted: [known[1]],
  });
  t.deepEqual(readArguments([], known).wanted, known);
  t.like(readArguments(["--help"], known), { code: 0 });
  const { text, code } = readArguments(["--wirte"], known);
  t.regex(text, /--wirte[\s\S]*--write/);
  t.is(code, 2);
});

/** A program in a process of its own, on what the tool is made of. */
function startPart(t, source, env) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: fileURLToPath(new URL("../tools/platforms/", import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  return child;
}

/** How it ended, and what it said. */
async function endOf(child) {
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, "close");
  return { code, said };
}

// The tool runs there alone, and calls what other systems lack.
const onLinux = process.platform === "linux" ? test : test.skip;

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

onLinux("a signal ends what the tool has started, and then the tool", async (t) => {
  const child = startPart(
    t,
    `import { run, stopOnSignals } from "./commands.mjs";
    stopOnSignals(() => {});
    const script = 'sleep 100 & echo $! > "$1"; kill -s INT "$2"; wait';
    const all = [
      run("sh", ["-c", script, "sh", process.env.FILE, String(process.pid)]),
      run("sleep", ["100"]),
    ];
    const told = (running) => running.catch((error) => console.log(error.message));
    await Promise.all(all.map(told));
    await told(run("true", []));`,
    { FILE: join(scratch, "pid") },
  );
  t.deepEqual(await endOf(child), { code: 130, said: "stopped by SIGINT\n".repeat(3) });
  const pid = Number(await readFile(join(scratch, "pid"), "utf8"));
  await eventually(() => !isAlive(pid), "the end of what it started");
});

onLinux("one run at a time has a cache, until its process ends", async (t) => {
  const source = `import { lockCache } from "./cache.mjs";
    await lockCache().then(() => console.log("mine"), ({ message }) => console.log(message));
    process.stdin.resume();`;
  const env = { PLATFORMS_CACHE: join(scratch, "cache") };
  const first = startPart(t, source, env);
  t.deepEqual(await once(first.stdout, "data"), ["mine\n"]);
  const second = startPart(t, source, env);
  t.regex(String(await once(second.stdout, "data")), /^another run has .*cache: /);
  const elsewhere = startPart(t, source, { PLATFORMS_CACHE: join(scratch, "elsewhere") });
  t.deepEqual(await once(elsewhere.stdout, "data"), ["mine\n"]);
  first.kill("SIGKILL");
  await once(first, "close");
  t.deepEqual(await once(startPart(t, source, env).stdout, "data"), ["mine\n"]);
});

onLinux("a full disk is told in the first line", async (t) => {
  const script = "echo 'write error: No space left on device' >&2; exit 1";
  const error = await t.throwsAsync(runLimited("sh", ["-c", script]));
  t.regex(error.message, /^sh found no space left on the disk:\nwrite error: /);
  t.regex((await t.throwsAsync(runLimited("false", []))).message, /^false failed \(1\):\n/);
});

test("the page gets what ran, where and when, or why nothing did, and keeps what it says of others", async (t) => {
  const versions = { date: "2026-01-02", version: "0.1.0", rust: "1.99.0" };
  const when = "2026-01-02, version 0.1.0, Rust 1.99.0";
  const rows = [
    { name: "b", state: "passed", ran: ["smoke", "suite"], node: "1.2.3", system: "a system" },
    { name: "c", state: "passed", ran: ["clippy"], system: "never run" },
    { name: "a", state: "skipped", reason: "no x|y\nand more" },
  ].map((outcome) => rowOf(outcome, versions));
  t.deepEqual(rows, [
    `| b | smoke; suite | Node.js 1.2.3, a system | ${when} |`,
    `| c | clippy | never run | ${when} |`,
    `| a | skipped: no x\\|y |  | ${when} |`,
  ]);
  const page = (await read("docs/platforms.md")).replaceAll(/^\| [a-z].* \|\n/gm, "");
  const first = withRows(page, rows.slice(0, 2), ["a", "b", "c"]);
  t.true(first.includes(`|\n| a | never run |  |  |\n${rows[0]}\n${rows[1]}\n\n`));
  const failed = rowOf({ name: "b", state: "failed", reason: "broken" }, versions);
  const second = withRows(first, [rows[2], failed], ["a", "b", "c"]);
  t.true(second.includes(`|\n${rows[2]}\n${failed}\n${rows[1]}\n\n`));
  t.is(second.replaceAll(/^\| [abc] .*\n/gm, ""), first.replaceAll(/^\| [abc] .*\n/gm, ""));
});
