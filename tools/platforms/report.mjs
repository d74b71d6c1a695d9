// What came of the last run on each platform, as a table of docs/platforms.md.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "./cache.mjs";

const BEGIN = "<!-- This table is written by `npm run test:platforms -- --write`. -->";
const END = "<!-- The end of the table. -->";
const HEAD = "| platform | what ran | where | when |\n| --- | --- | --- | --- |";

/** One platform's row: what ran there, or why nothing did. */
export function rowOf({ name, state, ran, node, system, reason }, { date, version, rust }) {
  const what = state === "passed" ? ran.join("; ") : `${state}: ${reason.split("\n")[0]}`;
  const where = [node && `Node.js ${node}`, system].filter(Boolean).join(", ");
  const when = `${date}, version ${version}, Rust ${rust}`;
  const cells = [name, what, where, when].map((cell) => cell.replaceAll("|", "\\|"));
  return `| ${cells.join(" | ")} |`;
}

/** The page with these rows in the place of those of the same platforms; one for each of `names`. */
export function withRows(page, rows, names) {
  const [before, rest] = page.split(BEGIN);
  const [table, after] = rest.split(END);
  const all = [...table.trim().split("\n").slice(2), ...rows];
  const nameOf = (row) => row.split(" | ")[0].replace("| ", "");
  const newest = new Map(all.filter(Boolean).map((row) => [nameOf(row), row]));
  const ordered = names.map((name) => newest.get(name) ?? `| ${name} | never run |  |  |`);
  return `${before}${BEGIN}\n\n${HEAD}\n${ordered.join("\n")}\n\n${END}${after}`;
}

/** Puts outcomes into the page. */
export async function writeReport(outcomes, names, versions) {
  const path = join(PROJECT, "docs", "platforms.md");
  const date = new Date().toISOString().slice(0, 10);
  const rows = outcomes.map((outcome) => rowOf(outcome, { date, ...versions }));
  await writeFile(path, withRows(await readFile(path, "utf8"), rows, names));
}
