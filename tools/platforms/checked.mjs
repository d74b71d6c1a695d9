// What can be neither linked nor run here, macOS and Windows by MSVC: checked by clippy, every line of it
// that is for that system included.

import { build, buildEnvironment } from "./build.mjs";
import { inCache } from "./cache.mjs";
import { CHECKED } from "./list.mjs";

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
      AR: "true",
    },
  );
  return { ran: ["clippy"], system: "never built here: first built and run in the workflow" };
}
