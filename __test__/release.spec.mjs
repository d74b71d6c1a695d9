// The workflows, by what can be read in them: that no target of package.json is left out of a release,
// and what keeps a release, or CI, from passing over something. What is published, and when it may not
// be.

import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { neededInCi } from "./support/needed.mjs";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const VERSION_SCRIPT = join(ROOT, "tools", "release-version.mjs");

const read = (name) => readFile(new URL(`../${name}`, import.meta.url), "utf8");

/** The text of each job, by its name. */
const jobsOf = (workflow) => {
  const [, jobs] = workflow.split(/^jobs:\n/m);
  const parts = jobs.split(/^ {2}([a-z-]+):\n/m).slice(1);
  return Object.fromEntries(
    parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1]]] : [])),
  );
};

const targetsIn = (text) =>
  [...new Set(text.match(/\b(x86_64|aarch64)-(unknown|apple|pc)-[a-z-]+\b/g))].sort();

test("each target is built, and sends or at least loads, before anything is published", async (t) => {
  const { napi } = JSON.parse(await read("package.json"));
  const jobs = jobsOf(await read(".github/workflows/release.yml"));
  const wanted = [...napi.targets].sort();
  const built = jobs.build.match(/\{ target: [^,]+, host: /g);
  t.is(built.length, wanted.length);
  t.deepEqual(targetsIn(built.join("")), wanted);
  t.deepEqual(targetsIn(jobs.test + jobs["test-musl"]), wanted);
  for (const name of ["test", "test-musl"]) t.regex(jobs[name], /node tools\/smoke\.mjs/);
  t.regex(jobs.npm, /needs: \[checks, test, test-musl\]/);
  t.regex(jobs.checks, /uses: \.\/\.github\/workflows\/ci\.yml/);
  t.regex(jobs.crate, /needs: npm\n/);
  // What trusted publishing and provenance ask for; no job before has it.
  for (const [name, text] of Object.entries(jobs)) {
    t.is(/id-token: write/.test(text), ["npm", "crate"].includes(name), name);
  }
  t.regex(jobs.npm, /NPM_CONFIG_PROVENANCE: "true"/);
});

test("a release is built by the command of `npm run build`, with the locked dependencies", async (t) => {
  const { scripts } = JSON.parse(await read("package.json"));
  const { build } = jobsOf(await read(".github/workflows/release.yml"));
  const [before, after] = scripts.build.replace(/^node tools\/build\.mjs /, "").split(" -- ");
  t.is(after, "--locked");
  t.true(scripts["build:debug"].endsWith(" -- --locked"));
  // Behind the `--`, napi would hand the target on to cargo.
  const commands = build.replaceAll(/\s+/g, " ");
  t.true(commands.includes(`npx ${before} --target "$TARGET" \${{ matrix.flags }} -- --locked`));
  t.notRegex(commands, /run: npm run build/);
});

test("the targets that need help of the workflow get it", async (t) => {
  const jobs = jobsOf(await read(".github/workflows/release.yml"));
  t.regex(jobs.build, /CFLAGS_aarch64_unknown_linux_gnu: -D__ARM_ARCH=8/);
  // An administrator may not start PostgreSQL on Windows.
  const [windows] = jobs.test.match(/\{[^{}]*host: windows-latest[^{}]*\}/);
  t.regex(windows, /smoke: "postgres:\/\//);
  t.regex(jobs.test, /Start-Service/);
});

test("what publishes runs no script of a dependency, and can be run again", async (t) => {
  const release = await read(".github/workflows/release.yml");
  const { npm, crate } = jobsOf(release);
  for (const install of npm.match(/run: npm ci.*/g)) t.regex(install, /--ignore-scripts/);
  t.regex(npm, /npm view "\$package" version/);
  t.regex(npm, /--tag next/);
  t.regex(crate, /cargo info --registry crates-io/);
  // A tag of an action can be moved to other code. Those of `actions` are of GitHub itself.
  const actions = [...release.matchAll(/uses: ([\w-]+)\/[\w-]+@(\S+)/g)];
  t.true(actions.length > 5);
  for (const [text, owner, version] of actions) {
    if (owner !== "actions") t.regex(version, /^[0-9a-f]{40}$/, text);
  }
});

test("the crate is published with the address of its repository", async (t) => {
  const { crate } = jobsOf(await read(".github/workflows/release.yml"));
  const [, command] = /run: (sed .* Cargo\.toml)\n/.exec(crate);
  if (process.platform !== "linux") return t.log("not a runner's sed");
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await cp(join(ROOT, "Cargo.toml"), join(folder, "Cargo.toml"));
  const env = { ...process.env, GITHUB_REPOSITORY: "somebody/something" };
  await run("bash", ["-c", command], { cwd: folder, env });
  const manifest = await readFile(join(folder, "Cargo.toml"), "utf8");
  const [, section] = manifest.split(/^\[.*\]$/m);
  t.regex(section, /^repository = "https:\/\/github\.com\/somebody\/something"$/m);
});

test("the crate and the npm package have one version", async (t) => {
  const { stdout } = await run(process.execPath, [VERSION_SCRIPT]);
  const { version } = JSON.parse(await read("package.json"));
  t.is(stdout.trim(), version);
  await t.throwsAsync(run(process.execPath, [VERSION_SCRIPT, "v999.0.0"]), { code: 1 });
});

test("no version is published whose documents say that there is none", async (t) => {
  const { version } = JSON.parse(await read("package.json"));
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ["package.json", "package-lock.json", "Cargo.toml", "Cargo.lock"]) {
    await cp(join(ROOT, name), join(folder, name));
  }
  const changes = `# Changelog\n\n## [${version}] - 2026-01-01\n`;
  const documents = {
    "README.md": "Events are not published twice.",
    "SECURITY.md": "The newest version gets fixes.",
    "CONTRIBUTING.md": "",
    "CHANGELOG.md": changes,
  };
  const check = async (changed) => {
    for (const [name, text] of Object.entries({ ...documents, ...changed })) {
      await writeFile(join(folder, name), text);
    }
    return run(process.execPath, [VERSION_SCRIPT, `v${version}`, folder]);
  };
  t.is((await check({})).stdout.trim(), version);
  for (const [name, text] of [
    ["README.md", "The package is **not published yet**."],
    ["SECURITY.md", "There is none published yet."],
    ["CHANGELOG.md", `# Changelog\n\n## [Unreleased]\n\n## [${version}]\n`],
    ["CHANGELOG.md", "# Changelog\n\n## [0.0.1]\n"],
  ]) {
    const { code, stderr } = await t.throwsAsync(check({ [name]: text }), undefined, text);
    t.is(code, 1);
    t.true(stderr.startsWith(name), stderr);
  }
});

test("CI skips no test for want of a program, and has the time to say what hung", async (t) => {
  const { run: job } = jobsOf(await read(".github/workflows/ci.yml"));
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

for (const [name, needs] of [
  ["pgbouncer.spec.mjs", "pgbouncerVersion()"],
  ["support/playground-page.mjs", "findChromium()"],
]) {
  test(`${name} fails in CI where it would be skipped elsewhere`, async (t) => {
    t.true((await read(`__test__/${name}`)).includes(`neededInCi(${needs}, `));
  });
}

test("`npm run docs` takes a warning of rustdoc for an error", async (t) => {
  t.regex(await read("Cargo.toml"), /^\[lints\.rustdoc\]\nall = "deny"$/m);
  t.regex(JSON.parse(await read("package.json")).scripts.docs, /cargo doc --locked/);
});
