// The first steps in a clone: what `npm ci` and `npm run build` say, and that nothing is built twice.

import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import semver from "semver";
import { startProgram } from "./support/command.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const readJson = async (name) => JSON.parse(await readFile(join(ROOT, name), "utf8"));

/** The oldest Node.js that the tests run on. */
const OLDEST = "20.19.0";

/** Stands for napi, which takes minutes: is done when there is a file `done`. */
const NAPI = `#!${process.execPath}
const { appendFileSync, existsSync, writeFileSync } = require("node:fs");
appendFileSync("calls", process.argv.slice(2).join(" ") + "\\n");
const timer = setInterval(() => {
  if (!existsSync("done")) return;
  clearInterval(timer);
  for (const name of ["binding.js", "x." + process.platform + "-" + process.arch + ".node"]) writeFileSync(name, "");
}, 20);
`;

/** A clone whose dependencies are installed. */
async function clone(t) {
  const folder = await mkdtemp(join(tmpdir(), "clone-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of [
    "package.json",
    "package-lock.json",
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
  ]) {
    await cp(join(ROOT, name), join(folder, name));
  }
  for (const name of ["src", "tools"]) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  const programs = join(folder, "programs");
  await mkdir(programs);
  await writeFile(join(programs, "napi"), NAPI);
  await chmod(join(programs, "napi"), 0o755);
  const env = { PATH: [programs, process.env.PATH].join(delimiter) };
  const start = (args) => startProgram(process.execPath, args, { cwd: folder, env });
  return { folder, start };
}

test("no package of package-lock.json asks for a newer Node.js than we do", async (t) => {
  const { packages } = await readJson("package-lock.json");
  const wrong = Object.entries(packages)
    .filter(([, { engines }]) => engines?.node && !semver.satisfies(OLDEST, engines.node))
    .map(([path, { engines }]) => `${path}: ${engines.node}`);
  t.deepEqual(wrong, []);
});

test("engines is what is tested", async (t) => {
  const { engines } = await readJson("package.json");
  t.is(semver.minVersion(engines.node).version, OLDEST);
});

test("a build tells that it goes on, and nothing is built a second time", async (t) => {
  const { folder, start } = await clone(t);
  const { scripts } = await readJson("package.json");
  const [, ...args] = scripts.build.split(" ");
  const building = start(args);
  t.teardown(() => building.child.kill("SIGKILL"));
  await building.until(({ stderr }) => /^build: still compiling, after \d+ s$/m.test(stderr));
  await writeFile(join(folder, "done"), "");
  const built = await building.ended;
  t.is(built.code, 0, built.stderr);
  t.regex(built.stderr, /^build: done in \d+ s$/m);
  t.is(await readFile(join(folder, "calls"), "utf8"), `${args.slice(2).join(" ")}\n`);

  // What `npm run demo` and `npm test` do first.
  for (const name of ["predemo", "preplayground", "pretest", "prepackage"]) {
    t.is(scripts[name], "node tools/setup.mjs");
  }
  t.like(await start(["tools/setup.mjs"]).ended, { code: 0, stdout: "", stderr: "" });

  const rebuild = async (command) => {
    const { code } = await start(command.split(" ").slice(1)).ended;
    return code;
  };
  const isBuilt = `import { hashInputs, isBuilt } from "./tools/addon.mjs"; console.log(isBuilt(hashInputs()))`;
  const remembered = async () =>
    (await start(["--input-type=module", "--eval", isBuilt]).ended).stdout.trim();
  t.is(await remembered(), "true");
  // Another build is no release.
  t.is(await rebuild(scripts["build:debug"]), 0);
  t.is(await remembered(), "false");
  t.is(await rebuild(scripts.build), 0);
  t.is(await remembered(), "true");
  await writeFile(join(folder, "src", "new.rs"), "");
  t.is(await remembered(), "false");
});

test("a build without the dependencies says what to do", async (t) => {
  const { start } = await clone(t);
  const { code, stderr } = await start(["tools/build.mjs", "no-such-napi", "build"]).ended;
  t.is(code, 1);
  t.regex(stderr, /run "npm ci" first/);
});
