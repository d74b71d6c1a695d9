// What CI runs, and on which machines.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import test from "ava";
import { neededInCi } from "./support/needed.mjs";
import { jobsOf } from "./support/workflows.mjs";

const run = promisify(execFile);

const read = (name) => readFile(new URL(`../${name}`, import.meta.url), "utf8");

test("CI runs on every kind of machine, and on every version of Node.js", async (t) => {
  const jobs = await jobsOf("ci.yml");
  for (const host of ["ubuntu-latest", "ubuntu-24.04-arm", "macos-latest"]) {
    t.true(jobs.suite.includes(`{ host: ${host}, node: `), host);
  }
  t.regex(jobs.windows, /runs-on: windows-latest/);
  t.regex(jobs.windows, /node tools\/smoke\.mjs postgres:/);
  const versions = (jobs.run + jobs.suite).matchAll(/node(?:-version)?: (\d+)/g);
  t.deepEqual([...new Set([...versions].map(([, version]) => version))].sort(), [
    "20",
    "22",
    "24",
    "26",
  ]);
  t.regex(jobs["minimum-rust"], /cargo "\+\$version" check --locked --all-features/);
});

test("each action of another repository is pinned to a commit, which runs on Node 24", async (t) => {
  // The first of each whose action.yml says `using: node24`: runners have no older one any more.
  const first = {
    "actions/attest": 3,
    "actions/cache": 5,
    "actions/checkout": 5,
    "actions/download-artifact": 7,
    "actions/setup-node": 5,
    "actions/upload-artifact": 6,
    "rust-lang/crates-io-auth-action": 1,
  };
  for (const name of ["ci.yml", "release.yml"]) {
    const workflow = await read(`.github/workflows/${name}`);
    const actions = [...workflow.matchAll(/uses: ([^.\s][^@\s]*)@(.*)$/gm)];
    t.true(actions.length > 5);
    for (const [text, action, version] of actions) {
      // A tag can be moved to other code.
      const [, major] = /^[0-9a-f]{40} # v(\d+)\.\d+\.\d+$/.exec(version) ?? [];
      t.true(Number(major) >= first[action], `${name}: ${text}`);
    }
  }
});

test("CI skips no test for want of a program, and has the time to say what hung", async (t) => {
  const { run: job } = await jobsOf("ci.yml");
  t.regex(job, /CHROMIUM_PATH: \/usr\/bin\/google-chrome\n/);
  t.regex(job, /uses: actions\/cache@/);
  const script = await read(".ci/run");
  const [, inner] = /timeout --kill-after=\d+ (\d+)m npm test/.exec(script);
  const [, outer] = /timeout-minutes: (\d+)/.exec(job);
  t.true(Number(outer) >= Number(inner) + 20, `${outer} beside ${inner}`);

  t.is(neededInCi("1.0", "It", { CI: "true" }), "1.0");
  t.is(neededInCi(undefined, "It", {}), undefined);
  t.throws(() => neededInCi(undefined, "It", { CI: "true" }), { message: /It is missing/ });
  // The function of .ci/run, on a machine that has nothing.
  const [install] = /^install_package\(\) \{\n[\s\S]*?^\}$/m.exec(script);
  const bare = (CI) =>
    run("/bin/bash", ["-c", `set -eu; ${install}; install_package thing no-such-thing`], {
      env: { PATH: "/nowhere", CI },
    });
  if (process.platform === "win32") return;
  t.regex((await bare("")).stdout, /will be skipped/);
  await t.throwsAsync(bare("true"), { code: 1 });
});
