// Bundlers: what docs/bundlers.md says of each makes a bundle that runs elsewhere, and whose message
// reaches a client.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { startCluster } from "../../tools/cluster.mjs";
import { freePort } from "../../tools/free-port.mjs";
import { installRuntimes } from "../../tools/runtimes.mjs";
import { inbox } from "../support/clients.mjs";
import { startProgram } from "../support/command.mjs";
import { eventually, usePostgres } from "../support/database.mjs";
import { readDocument } from "../support/documents/blocks.mjs";
import { createProject } from "./project.mjs";

/** The packages of the rows, by the name of their tool. */
const TOOLS = {
  webpack: "webpack",
  Rspack: "@rspack/core",
  Rollup: "rollup",
  "Vite SSR": "vite",
  esbuild: "esbuild",
  "Next.js": "next",
  ncc: "@vercel/ncc",
  nft: "@vercel/nft",
};

/** The table: `{ tool, version, advice }`, where the advice is the first code in its cell. */
const ROWS = readDocument("docs/bundlers.md")
  .split("\n")
  .filter((line) => /^\| .* \| [\d.]+ \| /.test(line))
  .map((line) => {
    const [tool, version, what] = line.split(" | ").map((cell) => cell.replace(/^\| /, ""));
    return { tool, version, advice: /`(.*)`/.exec(what)?.[1] };
  });
const rowOf = (tool) => ROWS.find((row) => row.tool === tool);

const OURS = ["socket.io-postgres-emitter-rs", "debug", "ms", "@msgpack/msgpack"];

let cluster;
let client;
let connectionString;
let project;
let runtimes;

usePostgres(test, {
  async setUp({ server }) {
    ({ connectionString } = server);
    runtimes = Object.fromEntries(installRuntimes().map((each) => [each.name, each.command]));
    const versions = Object.entries(TOOLS).map(([tool, name]) => [name, rowOf(tool).version]);
    const more = { react: "19.3.1", "react-dom": "19.3.1" };
    project = await createProject("bundlers", { ...Object.fromEntries(versions), ...more });
    cluster = await startCluster({ server, servers: 1 });
    client = inbox(await cluster.connect(0));
  },
  async tearDown() {
    await cluster?.close();
  },
});

/** Runs a program to its end, in the project. */
async function run(t, program, args, options) {
  const env = { NEXT_TELEMETRY_DISABLED: "1", ...options?.env };
  const how = { cwd: project.folder, timeoutMs: 240_000, ...options, env };
  const { code, stdout, stderr } = await startProgram(program, args, how).ended;
  t.is(code, 0, stdout + stderr);
  return stdout;
}

const runNode = (t, program, args, options) =>
  run(t, process.execPath, [join(project.modules, program), ...args], options);

/** Our packages, in a folder's `node_modules`. */
async function installInto(folder) {
  const { platformOf } = createRequire(import.meta.url)("../../lib/native.js");
  for (const name of [...OURS, `${OURS[0]}-${platformOf(process)}`]) {
    await cp(join(project.modules, name), join(folder, "node_modules", name), { recursive: true });
  }
}

/** What was built, alone in a folder of its own, with our packages beside it where it needs them. */
async function elsewhere(t, built, needsModules) {
  const folder = await mkdtemp(join(tmpdir(), "bundled-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await cp(join(project.folder, built), folder, { recursive: true });
  if (needsModules) await installInto(folder);
  return folder;
}

/** The bundle's message reaches the client. */
async function ran(t, program, args, cwd) {
  t.teardown(() => client.take());
  await run(t, program, args, { cwd, env: { DATABASE_URL: connectionString, RUN: t.title } });
  t.deepEqual(await client.until("ran"), ["ran", t.title]);
}

/** What webpack and Rspack share. */
async function pack(t, { tool, advice }) {
  const output = `out-${tool}`;
  const config = `{
    mode: "production", target: "node", entry: "./main.mjs",
    output: { path: require("node:path").resolve("${output}") }, ${advice} }`;
  await runNode(t, "../bundlers/pack.cjs", [TOOLS[tool], config]);
  await ran(t, process.execPath, ["main.js"], await elsewhere(t, output, true));
  client.take();
  // And as an ES module.
  const [, external] = readDocument("docs/bundlers.md").match(/`"(node-commonjs .*?)"`/);
  const module = `{
    mode: "production", target: "node20", entry: "./main.mjs", experiments: { outputModule: true },
    output: { path: require("node:path").resolve("${output}-esm"), filename: "main.mjs", module: true },
    externals: { "${OURS[0]}": "${external}" } }`;
  await runNode(t, "../bundlers/pack.cjs", [TOOLS[tool], module]);
  await ran(t, process.execPath, ["main.mjs"], await elsewhere(t, `${output}-esm`, true));
}

const RUNS = {
  webpack: pack,
  Rspack: pack,

  async Rollup(t, { advice }) {
    const config = `export default {
      input: "main.mjs", output: { file: "out-rollup/main.mjs" }, ${advice} };`;
    await writeFile(join(project.folder, "rollup.config.mjs"), config);
    await runNode(t, "rollup/dist/bin/rollup", ["--config", "rollup.config.mjs"]);
    await ran(t, process.execPath, ["main.mjs"], await elsewhere(t, "out-rollup", true));
  },

  async "Vite SSR"(t) {
    const path = join(project.folder, "vite.config.mjs");
    const [all, external] = readDocument("docs/bundlers.md")
      .match(/`ssr\.(noExternal: true)`.*`ssr\.(external: .*?)`/)
      .slice(1);
    for (const [output, ssr] of [
      ["out-vite", "{}"],
      ["out-vite-all", `{ ${all}, ${external} }`],
    ]) {
      const build = `{ ssr: "main.mjs", outDir: "${output}" }`;
      await writeFile(path, `export default { build: ${build}, ssr: ${ssr} };`);
      await runNode(t, "vite/bin/vite.js", ["build"]);
      await ran(t, process.execPath, ["main.mjs"], await elsewhere(t, output, true));
      client.take();
    }
  },

  async esbuild(t, { advice }) {
    const args = ["main.mjs", "--bundle", "--platform=node", "--format=esm", advice];
    await runNode(t, "esbuild/bin/esbuild", [...args, "--outfile=out-esbuild/main.mjs"]);
    await ran(t, process.execPath, ["main.mjs"], await elsewhere(t, "out-esbuild", true));
  },

  async "esbuild, with the binary"(t, { advice }) {
    const args = ["main.cjs", "--bundle", "--platform=node", advice];
    await runNode(t, "esbuild/bin/esbuild", [...args, "--outfile=out-esbuild-copy/main.cjs"]);
    await ran(t, process.execPath, ["main.cjs"], await elsewhere(t, "out-esbuild-copy", false));
    // And as an ES module, with the banner.
    const [banner] = readDocument("docs/bundlers.md").match(/--banner:js='[^']*'/);
    const esm = ["main.mjs", "--bundle", "--platform=node", "--format=esm", advice];
    const more = [banner.replaceAll("'", ""), "--outfile=out-esbuild-esm/main.mjs"];
    await runNode(t, "esbuild/bin/esbuild", [...esm, ...more]);
    client.take();
    await ran(t, process.execPath, ["main.mjs"], await elsewhere(t, "out-esbuild-esm", false));
  },

  async "Next.js"(t, { advice }) {
    const site = join(project.folder, "next");
    const config = `export default {
      ${advice}, output: "standalone", outputFileTracingRoot: ${JSON.stringify(dirname(project.folder))} };`;
    await writeFile(join(site, "next.config.mjs"), config);
    await runNode(t, "next/dist/bin/next", ["build"], { cwd: site });
    const folder = await elsewhere(t, "next/.next/standalone", false);
    const port = await freePort();
    const server = startProgram(process.execPath, [join(folder, "bundlers", "next", "server.js")], {
      env: { DATABASE_URL: connectionString, PORT: String(port), HOSTNAME: "127.0.0.1" },
      timeoutMs: 60_000,
    });
    t.teardown(() => {
      client.take();
      server.child.kill("SIGKILL");
    });
    const post = () =>
      fetch(`http://127.0.0.1:${port}/ran`, { method: "POST", body: JSON.stringify(t.title) });
    const { status } = await eventually(() => post().catch(() => undefined), "Next.js answers");
    t.is(status, 200);
    t.deepEqual(await client.until("ran"), ["ran", t.title]);
  },

  async ncc(t) {
    for (const name of ["main.cjs", "main.mjs"]) {
      const output = `out-ncc-${name}`;
      await runNode(t, "@vercel/ncc/dist/ncc/cli.js", ["build", name, "--out", output, "--quiet"]);
      const folder = await elsewhere(t, output, false);
      await ran(t, process.execPath, [name.replace("main", "index")], folder);
      client.take();
    }
  },

  async nft(t) {
    const stdout = await runNode(t, "../bundlers/trace.mjs", []);
    const folder = await mkdtemp(join(tmpdir(), "traced-"));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    for (const file of JSON.parse(stdout)) {
      await cp(join(dirname(project.folder), file), join(folder, file), { recursive: true });
    }
    await ran(t, process.execPath, [join("bundlers", "main.mjs")], folder);
  },

  async "bun build"(t) {
    const args = ["build", "main.mjs", "--target=node", "--outdir=out-bun"];
    await run(t, runtimes.bun, args);
    const folder = await elsewhere(t, "out-bun", false);
    await ran(t, process.execPath, ["main.js"], folder);
    client.take();
    await ran(t, runtimes.bun, ["main.js"], folder);
  },

  async "bun build --compile"(t) {
    await run(t, runtimes.bun, ["build", "main.mjs", "--compile", "--outfile=out-compiled/app"]);
    const folder = await elsewhere(t, "out-compiled", false);
    await ran(t, join(folder, "app"), [], folder);
  },

  async "Node.js single executable"(t, { advice }) {
    const main = (await readFile(join(project.folder, "main.cjs"), "utf8")).replace(
      'require("socket.io-postgres-emitter-rs")',
      `require("node:module").${advice}`,
    );
    t.true(main.includes("process.execPath"));
    await writeFile(join(project.folder, "executable.cjs"), main);
    const config = { main: "executable.cjs", output: "app", disableExperimentalSEAWarning: true };
    await writeFile(join(project.folder, "executable.json"), JSON.stringify(config));
    await run(t, runtimes["node-26"], ["--build-sea", "executable.json"]);
    const folder = await mkdtemp(join(tmpdir(), "executable-"));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    await cp(join(project.folder, "app"), join(folder, "app"));
    await installInto(folder);
    await ran(t, join(folder, "app"), [], folder);
  },
};

test("each row has its run, and each run its row", (t) => {
  t.deepEqual(
    ROWS.map(({ tool }) => tool),
    Object.keys(RUNS),
  );
  t.is(rowOf("esbuild, with the binary").version, rowOf("esbuild").version);
});

for (const [tool, how] of Object.entries(RUNS)) {
  test.serial(tool, async (t) => {
    t.timeout(300_000);
    await how(t, rowOf(tool));
  });
}
