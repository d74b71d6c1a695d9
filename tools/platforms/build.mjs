// The addon for another platform, by Zig: as in release.yml, but for what takes long, unless it is to be
// as in a release.

import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { inCache, PROJECT } from "./cache.mjs";
import { run } from "./commands.mjs";
import { openPython } from "./python.mjs";
import { standardLibrary } from "./std.mjs";

const MINUTES = 60;

const QUICKER = {
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

/** What every build is called with. */
export async function buildEnvironment(target, { asReleased = false } = {}) {
  const { args, env } = await standardLibrary(target);
  return {
    args: ["--locked", ...args],
    env: {
      ...(asReleased ? {} : QUICKER),
      ...env,
      PATH: `${await openPython()}${delimiter}${process.env.PATH}`,
    },
  };
}

/** Runs a build, in the background of what else the machine does. */
export const build = (command, args, env) =>
  run("nice", ["-n", "10", command, ...args], { cwd: PROJECT, env, minutes: MINUTES });

/** Builds for a Linux; resolves to the binary. `glibc` is the oldest one it is to run with. */
export async function buildForLinux(platform, { target, glibc }, how) {
  const { args, env } = await buildEnvironment(target, how);
  const output = inCache("binaries", platform);
  await mkdir(output, { recursive: true });
  const flags = ["--platform", "--release", "--features", "napi", "--no-js", "--cross-compile"];
  const places = ["--output-dir", output, "--target-dir", inCache("build")];
  const versioned = glibc ? `${target}.${glibc}` : target;
  await build(
    "npx",
    ["napi", "build", ...flags, ...places, "--target", versioned, "--", ...args],
    env,
  );
  return join(output, `socket.io-postgres-emitter-rs.${platform}.node`);
}
