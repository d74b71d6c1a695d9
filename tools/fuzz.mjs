// `npm run fuzz`: each target of `fuzz/` for a minute, from its seeds and what was found before. See
// `npm run fuzz -- --help`.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HELP = `npm run fuzz -- [--seconds N] [target…]

Runs cargo-fuzz targets, all or those that are named, each for --seconds (default 60). What fails is
kept in fuzz/artifacts, what was found in fuzz/corpus. Needs a C++ compiler, and cargo-fuzz:
cargo install cargo-fuzz --locked`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
// The library is safe Rust: there is nothing for the sanitizers to find, and they need a nightly Rust.
const HOW = ["--sanitizer", "none"];

const cargoFuzz = (args, stdio = "inherit") =>
  spawnSync("cargo", ["fuzz", ...args], { cwd: ROOT, stdio, encoding: "utf8" });

const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, help: { type: "boolean" } },
  allowPositionals: true,
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (!/^[1-9]\d*$/.test(values.seconds)) fail("--seconds must be a positive integer");
if (cargoFuzz(["--version"]).status !== 0) {
  fail("\nNOTHING WAS FUZZED: cargo-fuzz is not there. cargo install cargo-fuzz --locked");
}
if (cargoFuzz(["build", ...HOW]).status !== 0)
  fail("\nNOTHING WAS FUZZED: the targets do not build.");

const all = cargoFuzz(["list"], "pipe").stdout.trim().split("\n");
const unknown = positionals.find((name) => !all.includes(name));
if (unknown !== undefined) fail(`there is no target ${unknown}: they are ${all.join(", ")}`);

const failed = [];
for (const target of positionals.length > 0 ? positionals : all) {
  console.log(`\n==> ${target}, for ${values.seconds} s`);
  const [corpus, seeds] = [`fuzz/corpus/${target}`, `fuzz/seeds/${target}`];
  mkdirSync(new URL(`../${corpus}`, import.meta.url), { recursive: true });
  const limits = [`-max_total_time=${values.seconds}`, "-timeout=10", "-rss_limit_mb=1024"];
  const quiet = ["-verbosity=0", "-print_final_stats=1"];
  // The first folder is the one that grows.
  const args = ["run", ...HOW, target, corpus, seeds, "--", ...limits, ...quiet];
  if (cargoFuzz(args).status !== 0) failed.push(target);
}
if (failed.length > 0) fail(`\nfound something: ${failed.join(", ")}`);
console.log("\nnothing was found");
