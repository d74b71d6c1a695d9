// A small system of another kind: a folder that programs take for the root. The network is the machine's,
// so they reach its servers.

import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "./cache.mjs";
import { run } from "./commands.mjs";

/** What is there is mounted in a namespace of its own, whose end unmounts it and ends what was started. */
const SCRIPT = `set -eu
root=$1 project=$2 node=$3
shift 3
cd "$root"
mkdir -p app dev node proc tmp
mount --bind "$project" app
mount --options remount,bind,ro app
mount --bind "$node" node
mount --rbind /dev dev
mount --types proc proc proc
mount --types tmpfs tmpfs tmp
exec chroot . "$@" > output 2>&1 < /dev/null`;

/**
 * Runs a program of a root, with the project in `/app`, Node.js in `/node`, and `binary` as the addon.
 * Resolves to what it said: in a file, for Node.js under Wine writes into no pipe.
 */
export async function runInRoot({ root, node, binary }, command, { minutes, env }) {
  await copyFile(binary, join(root, "addon.node"));
  const mounted = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh"];
  const options = {
    minutes,
    // Of this machine, nothing: Node.js and the addon look at many.
    env: {
      HOME: "/tmp",
      NAPI_RS_NATIVE_LIBRARY_PATH: "/addon.node",
      PATH: process.env.PATH,
      ...env,
    },
    isAlone: true,
  };
  const said = async () => (await readFile(join(root, "output"), "utf8").catch(() => "")).trim();
  try {
    await run("unshare", [...mounted, root, PROJECT, node.folder, ...command], options);
  } catch (error) {
    throw new Error(`${error.message}\n${await said()}`, { cause: error });
  }
  // Before it, Wine says what it misses.
  return (await said()).split("\n").at(-1);
}
