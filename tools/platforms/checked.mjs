// What can be neither linked nor run here, macOS and Windows by MSVC: checked by clippy, every line of it
// that is for that system included.

import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { build, buildEnvironment } from "./build.mjs";
import { inCache } from "./cache.mjs";
import { CHECKED } from "./list.mjs";

// No line of C is compiled: its headers are Apple's and Microsoft's. Microsoft's archiver is told where its
// library goes by one argument; that it is there is checked.
const TOOLS = {
  ar: `#!/bin/sh
for argument; do
  case "$argument" in [-/][oO][uU][tT]:*) : > "\${argument#*:}" ;; esac
done
`,
  // For Windows on arm64 it is asked for by its name.
  clang: "#!/bin/sh\n",
};

/** A folder of tools for C that do nothing. */
async function idleTools() {
  const folder = inCache("idle-tools");
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(TOOLS)) {
    await writeFile(join(folder, name), script, { mode: 0o755 });
  }
  return folder;
}

/** Resolves to what was run. */
export async function testChecked(name, { say }) {
  const target = CHECKED[name];
  const { args, env } = await buildEnvironment(target);
  const places = ["--target", target, "--target-dir", inCache("build")];
  const tools = await idleTools();
  say("checking");
  await build(
    "cargo",
    ["clippy", "--features", "napi", ...places, ...args, "--", "-D", "warnings"],
    {
      ...env,
      CC: "true",
      AR: join(tools, "ar"),
      PATH: [tools, env.PATH ?? process.env.PATH].join(delimiter),
    },
  );
  return { ran: ["clippy"], system: "never built here: first built and run in the workflow" };
}
