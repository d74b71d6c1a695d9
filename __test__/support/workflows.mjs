// The workflows, as far as tests read them.

import { readFile } from "node:fs/promises";

/** The text of each job, by its name. */
export async function jobsOf(name) {
  const workflow = await readFile(
    new URL(`../../.github/workflows/${name}`, import.meta.url),
    "utf8",
  );
  const [, jobs] = workflow.split(/^jobs:\n/m);
  const parts = jobs.split(/^ {2}([a-z-]+):\n/m).slice(1);
  return Object.fromEntries(
    parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1]]] : [])),
  );
}

/** The entries of a job's matrix: `- { target: …, host: … }`, on one line or on several. */
export const entriesOf = (job) =>
  [...job.matchAll(/^ +- \{\s+([^{}]+?),?\s+\}$/gm)].map(([, text]) =>
    Object.fromEntries(text.split(/,\s+/).map((field) => field.split(/: (.*)/s, 2))),
  );
