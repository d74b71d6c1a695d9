// What is claimed of each platform, and the tool that finds it out.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { CHECKED, LINUX } from "../tools/platforms/list.mjs";
import { rowOf, withRows } from "../tools/platforms/report.mjs";
import { entriesOf, jobsOf } from "./support/workflows.mjs";

const run = promisify(execFile);
const { PREBUILT } = createRequire(import.meta.url)("../lib/native.js");
const TOOL = fileURLToPath(new URL("../tools/platforms.mjs", import.meta.url));

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
