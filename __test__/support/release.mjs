// The packages as a release publishes them: made by the commands that stand in
// `.github/workflows/release.yml`, in a folder of its own.

import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NAPI = join(ROOT, "node_modules", "@napi-rs", "cli", "dist", "cli.js");
// npm adds these to every package.
const ALWAYS = ["package.json", "README.md", "LICENSE"];

/** What the tests of a folder without network install beside the package. */
const DEPENDENCIES = ["@msgpack/msgpack", "debug", "ms"];

/** The platforms, as `napi` names them. */
const platforms = async (folder) => (await readdir(join(folder, "npm"))).sort();

/** napi's commands of the job that publishes, each with its arguments. */
async function napiCommands() {
  const workflow = await readFile(join(ROOT, ".github", "workflows", "release.yml"), "utf8");
  const [, job] = workflow.split(/^ {2}npm:\n/m);
  const commands = [...job.matchAll(/^ +- run: npx napi (.+)$/gm)];
  return Object.fromEntries(commands.map(([, text]) => [text.split(" ")[0], text.split(" ")]));
}

/**
 * Packs the main package, one for each platform, and their dependencies into `folder`. Only this
 * machine's binary is a real one: others cannot be built here.
 */
export async function packRelease(folder) {
  const stage = join(folder, "stage");
  const { napi, files } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  for (const name of [...ALWAYS, ...files, "Cargo.toml"]) {
    await cp(join(ROOT, name), join(stage, name), { recursive: true });
  }
  const commands = await napiCommands();
  const command = (name) => run(process.execPath, [NAPI, ...commands[name]], { cwd: stage });
  await command("create-npm-dirs");
  const artifacts = join(stage, "artifacts");
  await mkdir(artifacts);
  for (const platform of await platforms(stage)) {
    const name = `${napi.binaryName}.${platform}.node`;
    await cp(join(ROOT, name), join(artifacts, name)).catch((error) => {
      if (error.code !== "ENOENT") throw error;
      return writeFile(join(artifacts, name), `the binary for ${platform}`);
    });
  }
  await command("artifacts");
  for (const platform of await platforms(stage)) {
    await cp(join(stage, "LICENSE"), join(stage, "npm", platform, "LICENSE"));
  }
  await command("pre-publish");

  const folders = [
    stage,
    ...(await platforms(stage)).map((platform) => join(stage, "npm", platform)),
    ...DEPENDENCIES.map((name) => join(ROOT, "node_modules", name)),
  ];
  const { stdout } = await run(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...folders],
    { shell: process.platform === "win32", maxBuffer: 16 * 2 ** 20 },
  );
  const packed = Object.values(JSON.parse(stdout));
  return Promise.all(
    packed.map(async ({ filename, integrity, files: content }, index) => ({
      manifest: JSON.parse(await readFile(join(folders[index], "package.json"), "utf8")),
      tarball: join(folder, filename),
      integrity,
      files: content.map(({ path }) => path),
    })),
  );
}
