// The npm packages of a release: the main one, and one for each platform. Packs them into a folder, from
// one that holds a binary for each target of package.json:
// `node tools/release-packages.mjs BINARIES FOLDER [OWNER/REPOSITORY]`.

import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const NAPI = join(ROOT, "node_modules", "@napi-rs", "cli", "dist", "cli.js");
// npm adds these to every package.
const ALWAYS = ["package.json", "README.md", "LICENSE"];
const MAX_OUTPUT = 16 * 2 ** 20;

/** Lays out the packages in `stage`; returns the folder of each, that of the main package last. */
async function layOut(stage, binaries, repository) {
  const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  for (const name of [...ALWAYS, ...manifest.files, "Cargo.toml"]) {
    await cp(join(ROOT, name), join(stage, name), { recursive: true });
  }
  if (repository) {
    // npm compares it with where the provenance comes from.
    manifest.repository = { type: "git", url: `git+https://github.com/${repository}.git` };
    await writeFile(join(stage, "package.json"), JSON.stringify(manifest, undefined, 2));
  }
  const napi = (...args) => run(process.execPath, [NAPI, ...args], { cwd: stage });
  await napi("create-npm-dirs");
  await napi("artifacts", "--output-dir", binaries);
  // Adds the optionalDependencies. They are not in the repository, where they would break `npm ci` until
  // they are published.
  await napi("pre-publish", "--tag-style", "npm", "--skip-optional-publish", "--no-gh-release");
  const folders = (await readdir(join(stage, "npm")))
    .sort()
    .map((name) => join(stage, "npm", name));
  for (const folder of folders) {
    const { main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    if (!(await readdir(folder)).includes(main))
      throw new Error(`${main} is missing in ${binaries}`);
    await cp(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  }
  return [...folders, stage];
}

/** Packs the packages in `folders` into `target`: of each its manifest, tarball, integrity, size and files. */
export async function pack(folders, target) {
  const flags = ["--json", "--ignore-scripts", "--pack-destination", target];
  const { stdout } = await run("npm", ["pack", ...flags, ...folders], {
    shell: process.platform === "win32",
    maxBuffer: MAX_OUTPUT,
  });
  const packed = Object.values(JSON.parse(stdout));
  return Promise.all(
    packed.map(async ({ filename, integrity, size, files }, index) => ({
      manifest: JSON.parse(await readFile(join(folders[index], "package.json"), "utf8")),
      tarball: join(target, filename),
      integrity,
      size,
      files: files.map(({ path }) => path),
    })),
  );
}

/**
 * Packs the release into the folder `target`, the main package last: that is the order in which they can
 * be published. `binaries` holds a file for each target; `repository` is the one of GitHub that the
 * packages come from.
 */
export async function packRelease({ binaries, target, repository }) {
  const stage = await mkdtemp(join(tmpdir(), "release-"));
  try {
    return await pack(await layOut(stage, resolve(binaries), repository), resolve(target));
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [binaries, target, repository] = process.argv.slice(2);
  for (const { tarball, size } of await packRelease({ binaries, target, repository })) {
    console.log(`${tarball}: ${size} bytes`);
  }
}
