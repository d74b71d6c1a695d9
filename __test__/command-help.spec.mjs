// What the command line says of itself: help of each command, and completion, in real shells.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import test from "ava";
import { command } from "./support/command.mjs";
import { neededInCi } from "./support/needed.mjs";

const require = createRequire(import.meta.url);
const { COMMANDS, OPTIONS, optionsOf } = require("../cli/commands.js");
const run = promisify(execFile);
const NAME = "socket.io-postgres-emitter-rs";

const NAMES = Object.keys(COMMANDS);

/** Whether the shell is on this machine. */
const has = (shell) =>
  run(shell, ["-c", "exit 0"]).then(
    () => true,
    () => false,
  );

const complete = {
  /** What bash offers after these words, the last of which is being typed. */
  async bash(script, words) {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const { stdout } = await run("bash", [
      "-c",
      `${script}
      COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
      $(complete -p ${NAME} | sed -E 's/.* -F ([^ ]+) .*/\\1/'); printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
    return stdout.split("\n").filter(Boolean);
  },
  async zsh(script, words) {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    // `compadd` works within the line editor alone; what it is given is what zsh would offer.
    const { stdout } = await run("zsh", [
      "-f",
      "-c",
      `compdef() { compdefs=("$@") }
      compadd() { shift; for each in "$@"; do [[ $each == "$prefix"* ]] && print -r -- $each; done; true }
      ${script}
      words=(${quoted}); CURRENT=${words.length}; prefix='${words.at(-1)}'
      $compdefs[1]`,
    ]);
    return stdout.split("\n").filter(Boolean);
  },
  async fish(script, words) {
    const { stdout } = await run("fish", [
      "--no-config",
      "-c",
      `${script}
      complete -C '${words.join(" ")}'`,
    ]);
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("\t")[0]);
  },
};

for (const name of NAMES) {
  test(`${name} --help has its usage, each option and an example, in 80 columns`, async (t) => {
    const { code, stdout, stderr } = await command([name, "--help"]);
    t.is(code, 0);
    t.is(stderr, "");
    t.true(stdout.startsWith(`Usage: ${NAME} ${name}`));
    for (const option of optionsOf(name)) t.true(stdout.includes(`--${option}`), option);
    t.regex(stdout, new RegExp(`\\nFor example\\n  .*${name}`));
    t.deepEqual(
      stdout.split("\n").filter((line) => line.length > 80),
      [],
    );
    t.is((await command(["help", name])).stdout, stdout);
  });
}

test("help says the defaults that hold", async (t) => {
  const { constants } = require("../binding.js");
  const { requestTimeoutMillis, outboxTable, pollMillis, batchSize } = constants();
  const { stdout: ofEmit } = await command(["emit", "--help"]);
  t.regex(ofEmit, new RegExp(`--timeout MILLIS .*, ${requestTimeoutMillis} by default\n`));
  const { stdout: ofRelay } = await command(["relay", "--help"]);
  t.regex(ofRelay, new RegExp(`--outbox NAME .*, ${outboxTable} by default\n`));
  t.regex(ofRelay, new RegExp(`--poll MILLIS .*, ${pollMillis} by default\n`));
  t.regex(ofRelay, new RegExp(`--batch COUNT .*, ${batchSize} by default\n`));
});

test("completion zsh works in a shell that has not called compinit", async (t) => {
  if (!neededInCi(await has("zsh"), "zsh")) return;
  const { stdout: script } = await command(["completion", "zsh"]);
  const { stdout, stderr } = await run("zsh", ["-f", "-c", `${script}\nprint $_comps[${NAME}]`]);
  t.is(stderr, "");
  t.is(stdout, "_socket_io_postgres_emitter_rs\n");
});

test("help alone is --help", async (t) => {
  t.is((await command(["help"])).stdout, (await command(["--help"])).stdout);
});

test("each option belongs to a command", (t) => {
  const used = new Set(NAMES.flatMap(optionsOf));
  t.deepEqual([...used].sort(), Object.keys(OPTIONS).sort());
});

test("wrong usage points to the help of the command", async (t) => {
  const { code, stderr } = await command(["watch", "now"]);
  t.is(code, 2);
  t.regex(stderr, new RegExp(`Try "${NAME} watch --help"`));
});

for (const [typed, said, help] of [
  [["emti", "news"], 'there is no command "emti": did you mean emit?', ""],
  [["wat"], 'there is no command "wat"', ""],
  [["emit", "news", "--exept", "x"], "there is no option --exept: did you mean --except?", "emit "],
  [
    ["watch", "--hearbeats"],
    "there is no option --hearbeats: did you mean --heartbeats?",
    "watch ",
  ],
  [["--nps=/a", "emit", "news"], "there is no option --nps: did you mean --nsp?", "emit "],
  [["relay", "-x"], "there is no option -x", "relay "],
  [["watch", "--volatile"], "--volatile is no option of watch", "watch "],
  [["emit", "news", "--to"], "Option '--to <value>' argument missing", "emit "],
]) {
  test(`wrong usage says what was meant: ${typed.join(" ")}`, async (t) => {
    const { code, stdout, stderr } = await command(typed);
    t.is(code, 2);
    t.is(stdout, "");
    t.is(stderr, `${NAME}: ${said}\nTry "${NAME} ${help}--help".\n`);
  });
}

for (const shell of ["bash", "zsh", "fish"]) {
  test(`completion ${shell}: commands, and the options of each`, async (t) => {
    const { code, stdout: script } = await command(["completion", shell]);
    t.is(code, 0);
    for (const name of NAMES) {
      t.true(script.includes(name), name);
      for (const option of optionsOf(name)) t.true(script.includes(option), option);
    }
    // Where the shell is not there, the script's text is all that is looked at.
    if (!neededInCi(await has(shell), shell)) return;
    const offered = (...words) => complete[shell](script, [NAME, ...words]);
    t.deepEqual((await offered("")).filter((word) => NAMES.includes(word)).sort(), NAMES.sort());
    t.deepEqual(await offered("wat"), ["watch"]);
    const ofWatch = await offered("watch", "--");
    for (const option of optionsOf("watch")) t.true(ofWatch.includes(`--${option}`), option);
    t.false(ofWatch.includes("--volatile"));
    t.deepEqual(await offered("emit", "news", "--vol"), ["--volatile"]);
    t.deepEqual(await offered("completion", "fi"), ["fish"]);
  });
}
