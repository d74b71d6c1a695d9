// Rust's standard library for a target: installed, or built from its sources.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { kept } from "./cache.mjs";
import { Missing, run } from "./commands.mjs";
import { openDebian } from "./debian.mjs";

const SUITES = ["trixie", "trixie-backports"];

/** The folder `library` of the sources of the machine's own rustc: of rustup, or else of Debian. */
async function sources(sysroot, version) {
  const installed = join(sysroot, "lib", "rustlib", "src", "rust", "library");
  if (existsSync(installed)) return installed;
  const folder = await kept(`rust-src-${version}`, async (target) => {
    const debian = await openDebian(SUITES, "amd64");
    const all = await debian.versions("rust-src");
    const found = all.find((each) => each.startsWith(`${version}+`));
    if (!found) {
      const advice = "rustup target add, or rustup component add rust-src, would do";
      throw new Missing(
        `no sources of Rust ${version} in Debian's ${SUITES.join(", ")}; ${advice}`,
      );
    }
    await debian.unpackAlone("rust-src", found, target);
  });
  return join(folder, "usr", "src", `rustc-${version}`, "library");
}

/** The version of the machine's rustc. */
export async function rustVersion() {
  return /^rustc (\S+)/.exec(await run("rustc", ["--version"]))[1];
}

/** What cargo needs to build for a target: arguments and variables. */
export async function standardLibrary(target) {
  const sysroot = (await run("rustc", ["--print", "sysroot"])).trim();
  if (existsSync(join(sysroot, "lib", "rustlib", target))) return { args: [], env: {} };
  return {
    args: ["-Zbuild-std=std"],
    env: {
      RUSTC_BOOTSTRAP: "1",
      __CARGO_TESTS_ONLY_SRC_ROOT: await sources(sysroot, await rustVersion()),
    },
  };
}
