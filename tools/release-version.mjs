// Fails unless package.json, Cargo.toml and their lock files have one version. With a tag, that has to be
// the version's, and the documents that are published have to be of a published version:
// `node tools/release-version.mjs [v1.2.3 [FOLDER]]`. Imports nothing but Node.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CRATE = "socketio-postgres-emitter";
// What the documents say until the first release. It is true in the repository, and would be untrue in
// the package.
const UNPUBLISHED = /\b(?:not|none|nothing)\s+(?:yet\s+published|published\s+yet)\b/i;

const [tag, folder = fileURLToPath(new URL("..", import.meta.url))] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), "utf8");

/** The sentences of the documents that are wrong in a published package of this version. */
function* staleIn(version) {
  for (const name of ["README.md", "SECURITY.md", "CONTRIBUTING.md"]) {
    const found = UNPUBLISHED.exec(read(name));
    if (found) yield `${name} says "${found[0]}"`;
  }
  const headings = read("CHANGELOG.md").match(/^## .*$/gm) ?? [];
  if (headings.some((heading) => /unreleased/i.test(heading))) {
    yield "CHANGELOG.md has a section Unreleased";
  }
  if (!headings.some((heading) => heading.startsWith(`## [${version}]`))) {
    yield `CHANGELOG.md has no section "## [${version}]"`;
  }
}

const { version } = JSON.parse(read("package.json"));
const versions = {
  "package-lock.json": JSON.parse(read("package-lock.json")).version,
  "Cargo.toml": /^version = "(.+)"$/m.exec(read("Cargo.toml"))?.[1],
  "Cargo.lock": new RegExp(`name = "${CRATE}"\nversion = "(.+)"`).exec(read("Cargo.lock"))?.[1],
};
if (tag !== undefined) versions["the tag"] = tag.replace(/^v/, "");

const wrong = Object.entries(versions)
  .filter(([, found]) => found !== version)
  .map(([place, found]) => `package.json says ${version}, ${place} says ${found}`);
if (tag !== undefined) wrong.push(...staleIn(version));
for (const text of wrong) console.error(text);
if (wrong.length > 0) process.exit(1);
console.log(version);
