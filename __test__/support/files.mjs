// Files for servers that run under an account of their own.

import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverIdentity } from "../../tools/postgres-binaries.mjs";

/** Writes files that the server's account alone can read. */
export async function writeFiles(files) {
  const folder = await mkdtemp(join(tmpdir(), "sio-files-"));
  const { uid, gid } = serverIdentity();
  const paths = {};
  const write = async (name, text) => {
    paths[name] = join(folder, name);
    await writeFile(paths[name], text, { mode: 0o600 });
    if (uid !== undefined) await chown(paths[name], uid, gid);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  await chmod(folder, 0o755);
  return { paths, write, remove: () => rm(folder, { recursive: true, force: true }) };
}
