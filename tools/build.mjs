// `npm run build` and `npm run build:debug`: runs the command that it is given, says how long that has
// taken so far, and remembers what was built, so that nothing builds it a second time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { faultOfRust, hashInputs, remember, root } from "./addon.mjs";

/** Cargo has a bar of its own on a terminal. Elsewhere the last crate alone is silent for long. */
const INTERVAL_MS = 5_000;

const [program, ...args] = process.argv.slice(2);
const begin = performance.now();
const seconds = () => Math.round((performance.now() - begin) / 1_000);
const say = (text) => console.error(`build: ${text}`);

function fail(text) {
  say(text);
  process.exit(1);
}

const fault = faultOfRust();
if (fault) fail(fault);
const hash = hashInputs();
remember(undefined);
say("compiling the addon; the first time takes a minute or two");
const timer = process.stderr.isTTY
  ? undefined
  : setInterval(() => say(`still compiling, after ${seconds()} s`), INTERVAL_MS);
// On Windows it is a script, which only a shell can start.
const child = spawn(program, args, {
  cwd: root,
  stdio: "inherit",
  shell: process.platform === "win32",
});
child.on("error", ({ code, message }) =>
  fail(code === "ENOENT" ? `no ${program}: run "npm ci" first` : message),
);
const [code, signal] = await once(child, "close");
clearInterval(timer);
if (code !== 0) fail(`failed with ${signal ?? `code ${code}`}, after ${seconds()} s`);
if (args.includes("--release")) remember(hash);
say(`done in ${seconds()} s`);
