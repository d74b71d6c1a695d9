// The workflows, by what can be read in them: that no target of package.json is left out of a release,
// and what keeps a release, or CI, from passing over something. What is published, and when it may not
// be.

import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { compareGlibc, glibcFloor, OLDEST_GLIBC } from "../tools/glibc.mjs";
import { oldGlibcCommand } from "../tools/zig.mjs";
import { entriesOf, jobsOf } from "./support/workflows.mjs";

const { platformOf } = createRequire(import.meta.url)("../lib/native.js");

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const VERSION_SCRIPT = join(ROOT, "tools", "release-version.mjs");

const read = (name) => readFile(new URL(`../${name}`, import.meta.url), "utf8");

const targetsIn = (text) =>
  [...new Set(text.match(/\b(x86_64|aarch64)-(unknown|apple|pc)-[a-z-]+\b/g))].sort();

test("each target is built, and sends or at least loads, before anything is published", async (t) => {
  const { napi } = JSON.parse(await read("package.json"));
  const jobs = await jobsOf("release.yml");
  const wanted = [...napi.targets].sort();
  t.deepEqual(
    entriesOf(jobs.build)
      .map(({ target }) => target)
      .sort(),
    wanted,
  );
  t.deepEqual(targetsIn(jobs.test + jobs["test-container"]), wanted);
  for (const name of ["test", "test-container"]) t.regex(jobs[name], /node tools\/smoke\.mjs/);
  // Each musl one in Alpine, and each of glibc on an old one.
  const containers = entriesOf(jobs["test-container"]);
  for (const target of wanted.filter((each) => each.includes("linux"))) {
    const image = target.endsWith("musl") ? "20-alpine" : "22-bullseye-slim";
    t.true(
      containers.some((entry) => entry.target === target && entry.image === image),
      target,
    );
  }
  // A machine of the target's own kind.
  for (const { target, host } of [...entriesOf(jobs.test), ...containers]) {
    if (target.startsWith("aarch64-unknown")) t.is(host, "ubuntu-24.04-arm", target);
  }
  t.regex(jobs.npm, /needs: \[checks, test, test-container, packages\]/);
  t.regex(jobs.checks, /uses: \.\/\.github\/workflows\/ci\.yml/);
  t.regex(jobs.crate, /needs: npm\n/);
  // What trusted publishing and provenance ask for; no job before has it.
  for (const [name, text] of Object.entries(jobs)) {
    const publishes = ["npm", "crate", "github"].includes(name);
    t.is(/id-token: write/.test(text), publishes, name);
    t.is(/if: github\.event_name == 'push'\n {4}runs-on/.test(text), publishes, name);
    t.is(/environment: release/.test(text), publishes, name);
  }
});

test("a release is built by the command of `npm run build`, with the locked dependencies", async (t) => {
  const { scripts } = JSON.parse(await read("package.json"));
  const { build } = await jobsOf("release.yml");
  const [before, after] = scripts.build.replace(/^node tools\/build\.mjs /, "").split(" -- ");
  t.is(after, "--locked");
  t.true(scripts["build:debug"].endsWith(" -- --locked"));
  // Behind the `--`, napi would hand the target on to cargo.
  const commands = build.replaceAll(/\s+/g, " ");
  const target = `--target "$TARGET\${{ matrix.glibc }}" \${{ matrix.flags }}`;
  t.true(commands.includes(`npx ${before} ${target} -- --locked`));
  t.notRegex(commands, /run: npm run build/);
});

test("the targets that need help of the workflow get it", async (t) => {
  const jobs = await jobsOf("release.yml");
  // The gcc of `--use-napi-cross` builds a ring that takes every signature for a wrong one on arm64.
  for (const { target, flags, glibc } of entriesOf(jobs.build)) {
    t.is(flags, target.includes("linux") ? "--cross-compile" : undefined, target);
    t.is(glibc, target.endsWith("linux-gnu") ? `.${OLDEST_GLIBC}` : undefined, target);
  }
  t.regex(jobs.build, /node tools\/glibc\.mjs/);
  t.regex(jobs.build, /--require-hashes --no-deps --requirement tools\/zig\.txt/);
  for (const line of (await read("tools/zig.txt")).trim().split("\n")) {
    t.regex(line, /^#|^[a-z-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/);
  }
  // An administrator may not start PostgreSQL on Windows.
  const windows = entriesOf(jobs.test).find(({ host }) => host === "windows-latest");
  t.regex(windows.smoke, /postgres:\/\//);
  t.regex(jobs.test, /uses: \.\/\.github\/actions\/windows-postgres/);
  t.regex(await read(".github/actions/windows-postgres/action.yml"), /Start-Service/);
});

test("what publishes takes what was packed, runs no script of a dependency, and can be run again", async (t) => {
  const { packages, npm, crate, github } = await jobsOf("release.yml");
  for (const [install] of packages.matchAll(/npm (?:ci|install) .*/g))
    t.regex(install, /--ignore-scripts/);
  t.notRegex(npm + crate + github, /^ +(?:- run: )?npm (?:ci|install)\b/m);
  for (const job of [npm, github]) t.regex(job, /run: sha256sum --check --strict SHA256SUMS\n/);
  t.regex(npm, /npm view "\$package" version/);
  t.regex(npm, /--tag next/);
  t.regex(crate, /cargo info --registry crates-io/);
});

test("a release has checksums, what it is made of, and its provenance", async (t) => {
  const { packages, npm, github } = await jobsOf("release.yml");
  t.regex(packages, /node tools\/release-packages\.mjs binaries release "\$GITHUB_REPOSITORY"/);
  t.regex(packages, /npm sbom .*> "\$GITHUB_WORKSPACE\/release\/npm\.cdx\.json"/);
  t.regex(packages, /cargo cyclonedx .*--features napi --target all /);
  t.regex(packages, /sha256sum -- \*\.tgz \*\.cdx\.json \| tee SHA256SUMS/);
  t.regex(npm, /NPM_CONFIG_PROVENANCE: "true"/);
  t.regex(github, /uses: actions\/attest@.*\n {8}with:\n {10}subject-checksums: SHA256SUMS\n/);
  t.regex(github, /gh release upload .* -- \*\.tgz \*\.cdx\.json SHA256SUMS/);
});

test("started by hand, everything is done but the publishing", async (t) => {
  const workflow = await read(".github/workflows/release.yml");
  t.regex(workflow, /^ {2}workflow_dispatch:$/m);
  const { packages } = await jobsOf("release.yml");
  t.notRegex(packages, /^ {4}if:/m);
  t.regex(packages, /npm publish --dry-run /);
  t.regex(packages, /cargo publish --locked --dry-run/);
});

test("the oldest glibc that a binary runs with is told, and held to", async (t) => {
  const script = join(ROOT, "tools", "glibc.mjs");
  const folder = await mkdtemp(join(tmpdir(), "glibc-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "binary");
  await writeFile(
    path,
    "\x7fELF\0GLIBC_2.2.5\0GLIBC_2.9\0GLIBC_2.17\0 GLIBC_9.9 \0GLIBC_PRIVATE\0",
  );
  t.is(glibcFloor(path), "2.17");
  t.is(
    (await run(process.execPath, [script, path, "2.17"])).stdout.trim(),
    `${path}: glibc 2.17 or newer`,
  );
  await t.throwsAsync(run(process.execPath, [script, path, "2.16"]), { code: 1 });
  // Built for another C library than it was to be.
  const other = join(folder, "other");
  await writeFile(other, "\x7fELF\0libc.so\0");
  await t.throwsAsync(run(process.execPath, [script, other, "2.17"]), { code: 1 });
  if (process.report.getReport().header.glibcVersionRuntime) {
    const { glibcVersionRuntime } = process.report.getReport().header;
    const floor = glibcFloor(
      join(ROOT, `socket.io-postgres-emitter-rs.${platformOf(process)}.node`),
    );
    t.true(compareGlibc(floor, glibcVersionRuntime) <= 0, floor);
  }
});

test("the crate is published with the address of its repository", async (t) => {
  const { crate } = await jobsOf("release.yml");
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

test("a build for an old glibc is that of a release, and offered where Zig is", async (t) => {
  const { scripts } = JSON.parse(await read("package.json"));
  const jobs = await jobsOf("release.yml");
  for (const [arch, cpu] of Object.entries({ x64: "x86_64", arm64: "aarch64" })) {
    const target = `${cpu}-unknown-linux-gnu`;
    const { flags, glibc } = entriesOf(jobs.build).find((entry) => entry.target === target);
    const command = oldGlibcCommand(scripts.build, arch);
    const [before, after] = scripts.build.split(" -- ");
    t.is(command, `${before} --target ${target}${glibc} ${flags} -- ${after}`);
  }
  if (process.platform === "win32") return;
  const folder = await mkdtemp(join(tmpdir(), "zig-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const isThere = async () => {
    const source = `import { hasZig } from ${JSON.stringify(pathToFileURL(join(ROOT, "tools/zig.mjs")))}; console.log(hasZig());`;
    const args = ["--input-type=module", "--eval", source];
    return (await run(process.execPath, args, { env: { PATH: folder } })).stdout.trim();
  };
  t.is(await isThere(), "false");
  const program = (name) => writeFile(join(folder, name), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await program("cargo-zigbuild");
  t.is(await isThere(), "false");
  await program("zig");
  t.is(await isThere(), "true");
});

for (const [name, needs] of [
  ["pgbouncer.spec.mjs", "pgbouncerVersion()"],
  ["support/playground-page.mjs", "findChromium()"],
  ["command-help.spec.mjs", "await has(shell)"],
]) {
  test(`${name} fails in CI where it would be skipped elsewhere`, async (t) => {
    t.true((await read(`__test__/${name}`)).includes(`neededInCi(${needs}, `));
  });
}

test("`npm run docs` takes a warning of rustdoc for an error", async (t) => {
  t.regex(await read("Cargo.toml"), /^\[lints\.rustdoc\]\nall = "deny"$/m);
  t.regex(JSON.parse(await read("package.json")).scripts.docs, /cargo doc --locked/);
});
