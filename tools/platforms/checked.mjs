// What can be neither linked nor run here, macOS and Windows by MSVC: checked by clippy, every line of it
// that is for that system included.

import { writeFile } from "node:fs/promises";
import { build, buildEnvironment } from "./build.mjs";
import { inCache } from "./cache.mjs";
import { CHECKED } from "./list.mjs";

// Microsoft's is told where its library goes by one argument; that it is there is checked.
const NO_ARCHIVER = `#!/bin/sh
for argument; do
  case "$argument" in [-/][oO][uU][tT]:*) : > "\${argument#*:}" ;; esac
done
`;

/** An archiver that writes empty libraries: its path. */
async function noArchiver() {
  const path = inCache("no-archiver");
  await writeFile(path, NO_ARCHIVER, { mode: 0o755 });
  return path;
}

/** Resolves to what was run. */
export async function testChecked(name, { say }) {
  const target = CHECKED[name];
  const { args, env } = await buildEnvironment(target);
  const places = ["--target", target, "--target-dir", inCache("build")];
  say("checking");
  await build(
    "cargo",
    ["clippy", "--features", "napi", ...places, ...args, "--", "-D", "warnings"],
    {
      ...env,
      // No line of C is compiled: its headers are Apple's and Microsoft's.
      CC: "true",
      AR: await noArchiver(),
    },
  );
  return { ran: ["clippy"], system: "never built here: first built and run in the workflow" };
}
