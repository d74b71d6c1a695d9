// The code blocks of the documents, and which spec file runs those that documents.spec.mjs does not.

import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../../../", import.meta.url);
const FENCE = /^( *)(`{3,}|~{3,})\s*(\S*)/;
const HEADING = /^#{1,6}\s+(.*)$/;

/** The Markdown files that users and contributors read. */
export const DOCUMENTS = ["", "docs/"].flatMap((folder) =>
  readdirSync(new URL(folder || ".", ROOT))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name),
);

export const readDocument = (path) => readFileSync(new URL(path, ROOT), "utf8");

/**
 * The fenced blocks of a text. A block's `name` is its file, the heading it stands under, and its
 * number there: `README.md > Install > 2`.
 */
export function blocksOf(path, text) {
  const blocks = [];
  const counts = new Map();
  let heading = "";
  let open;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = FENCE.exec(line);
    if (open) {
      const { indent, marker, block, lines } = open;
      const closes = fence && !fence[3] && fence[2][0] === marker[0];
      if (closes && fence[2].length >= marker.length) {
        block.code = lines.map((each) => `${each}\n`).join("");
        open = undefined;
      } else {
        lines.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart());
      }
    } else if (fence) {
      const place = `${path} > ${heading}`;
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      const [, indent, marker, language] = fence;
      const block = { name: `${place} > ${count}`, file: path, line: index + 1, language };
      blocks.push(block);
      open = { indent, marker, block, lines: [] };
    } else {
      heading = HEADING.exec(line)?.[1].replaceAll("`", "") ?? heading;
    }
  }
  if (open) throw new Error(`${path}:${open.block.line}: a code block without an end`);
  return blocks;
}

/** Every block of every document. */
export const BLOCKS = DOCUMENTS.flatMap((path) => blocksOf(path, readDocument(path)));

/** The block called `name`. */
export function blockOf(name) {
  const block = BLOCKS.find((each) => each.name === name);
  if (!block) throw new Error(`no document has the block ${name}`);
  return block;
}

const under = (path, ...names) => names.map((name) => `${path} > ${name}`);

/** What other spec files run. Each takes its blocks from here, with `blocksFor`. */
export const ELSEWHERE = {
  "deploying.spec.mjs": under(
    "docs/deploying.md",
    "The table, and who may do what > 1",
    "The table, and who may do what > 2",
    "The table, and who may do what > 3",
  ),
  "installed.spec.mjs": under(
    "docs/deploying.md",
    "Docker > 1",
    "Docker > 2",
    "Before it is published > 1",
    "Before it is published > 2",
  ).concat(under("docs/moving-over.md", "Moving over from @socket.io/postgres-emitter > 1")),
  "outbox-page.spec.mjs": under(
    "docs/outbox.md",
    "From SQL > 1",
    "From SQL > 2",
    "Each change of a table > 1",
    "The table > 1",
    "Who may do what > 1",
  ),
  "recipes.spec.mjs": under(
    "docs/transactions.md",
    "Recipes > 1",
    "pg > 1",
    "postgres.js > 1",
    "Knex > 1",
    "Kysely > 1",
    "Drizzle > 1",
    "Prisma > 1",
    "Prisma > 2",
    "TypeORM > 1",
    "PGlite > 1",
    "Rust > 1",
  ),
  // It needs Deno, which `npm run test:runtimes` fetches.
  "runtimes/runtimes.mjs": under("docs/runtimes.md", "Permissions > 1"),
};

/** The blocks that the spec file called `spec` has to run, all of them. */
export const blocksFor = (spec) => ELSEWHERE[spec].map(blockOf);
