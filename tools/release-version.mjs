// Fails unless package.json, Cargo.toml and Cargo.lock have one version, and the tag given is that
// version's: `node tools/release-version.mjs [v1.2.3]`. Imports nothing but Node.

import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const CRATE = "socketio-postgres-emitter";

const { version } = JSON.parse(read("package.json"));
const versions = {
  "package.json": version,
  "package-lock.json": JSON.parse(read("package-lock.json")).version,
  "Cargo.toml": /^version = "(.+)"$/m.exec(read("Cargo.toml"))?.[1],
  "Cargo.lock": new RegExp(`name = "${CRATE}"\nversion = "(.+)"`).exec(read("Cargo.lock"))?.[1],
};
const [tag] = process.argv.slice(2);
if (tag !== undefined) versions["the tag"] = tag.replace(/^v/, "");

const wrong = Object.entries(versions).filter(([, found]) => found !== version);
for (const [place, found] of wrong) {
  console.error(`package.json says ${version}, ${place} says ${found}`);
}
if (wrong.length > 0) process.exit(1);
console.log(version);
