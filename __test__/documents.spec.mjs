// Every code block of README.md, docs/ and the other documents does what it says, when it is run.

import { existsSync, readFileSync } from "node:fs";
import test from "ava";
import { VERSIONS } from "../tools/runtimes.mjs";
import { usePostgres } from "./support/database.mjs";
import { createApplication } from "./support/documents/application.mjs";
import {
  BLOCKS,
  blockOf,
  blocksOf,
  DOCUMENTS,
  ELSEWHERE,
  readDocument,
} from "./support/documents/blocks.mjs";
import { COMMANDS } from "./support/documents/commands.mjs";
import { JAVASCRIPT } from "./support/documents/javascript.mjs";

const RUNNERS = [...JAVASCRIPT, ...COMMANDS];

let application;

const postgres = usePostgres(test, {
  async setUp() {
    application = await createApplication();
  },
  tearDown: () => application?.remove(),
});

test("each block is run by one test, and each test has a block", (t) => {
  const claims = [...RUNNERS.map(({ block }) => block), ...Object.values(ELSEWHERE).flat()];
  const claimed = new Set(claims);
  const places = BLOCKS.filter(({ name }) => !claimed.has(name)).map(
    ({ file, line, language, name }) => `${file}:${line}: nothing runs this ${language}: ${name}`,
  );
  t.deepEqual(places, []);
  t.is(claimed.size, claims.length, "two tests for one block");
  for (const name of claims) t.notThrows(() => blockOf(name));
  for (const spec of Object.keys(ELSEWHERE)) {
    const source = readFileSync(new URL(spec, import.meta.url), "utf8");
    t.true(source.includes(`blocksFor("${spec}")`), `${spec} does not take its blocks`);
  }
});

test("blocks are found in whatever form Markdown has them", (t) => {
  const text =
    "# A `b`\n~~~js\n# no heading\n```\n~~~\n- item\n  ````sh x\n  a\n   b\n  ````\n```\n```\n";
  t.deepEqual(
    blocksOf("x.md", text).map(({ name, line, language, code }) => [name, line, language, code]),
    [
      ["x.md > A b > 1", 2, "js", "# no heading\n```\n"],
      ["x.md > A b > 2", 7, "sh", "a\n b\n"],
      ["x.md > A b > 3", 11, "", ""],
    ],
  );
  t.throws(() => blocksOf("x.md", "```js\n"));
});

test("each link within the repository leads somewhere", (t) => {
  const anchorsOf = (path) =>
    [...readDocument(path).matchAll(/^#+ +(.*)$/gm)].map(([, title]) =>
      // As GitHub makes them.
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );
  for (const path of DOCUMENTS) {
    for (const [, link] of readDocument(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const url = new URL(link, new URL(`../${path}`, import.meta.url));
      const anchor = decodeURIComponent(url.hash.slice(1));
      url.hash = "";
      t.true(existsSync(url), `${path}: ${link}`);
      if (anchor) {
        const target = link.startsWith("#") ? path : `${path}/../${link.split("#")[0]}`;
        t.true(anchorsOf(target).includes(anchor), `${path}: ${link}`);
      }
    }
  }
});

test("each script that is named is there", (t) => {
  const { scripts } = JSON.parse(readDocument("package.json"));
  for (const path of DOCUMENTS) {
    for (const [, name] of readDocument(path).matchAll(/\bnpm run ([\w:-]+)/g)) {
      t.true(name in scripts, `${path}: npm run ${name}`);
    }
  }
});

test("docs/runtimes.md has the versions that are tested", (t) => {
  const rows = readDocument("docs/runtimes.md").matchAll(/^\| ([\w.]+) \| (\d[\d., ]*) \|/gm);
  const { node, bun, deno } = VERSIONS;
  t.deepEqual(Object.fromEntries([...rows].map(([, name, versions]) => [name, versions])), {
    "Node.js": Object.values(node).join(", "),
    Bun: bun,
    Deno: deno,
  });
});

for (const { block, run, timeoutMs } of RUNNERS) {
  test(block, async (t) => {
    if (timeoutMs) t.timeout(timeoutMs);
    await run(t, { ...blockOf(block), postgres, application });
  });
}
