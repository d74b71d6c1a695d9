// `.github/workflows/release.yml`: that no target of package.json is left out of it.

import { readFile } from "node:fs/promises";
import test from "ava";

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
  for (const name of ["npm", "crate"]) {
    t.regex(jobs[name], /needs: \[test, test-musl\]/);
    // What trusted publishing and provenance ask for; no job before has it.
    t.regex(jobs[name], /id-token: write/);
  }
  t.regex(jobs.npm, /NPM_CONFIG_PROVENANCE: "true"/);
});
