// A real PgBouncer before a PostgreSQL.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../../tools/free-port.mjs";
import { serverIdentity } from "../../tools/postgres-binaries.mjs";
import { writeFiles } from "./files.mjs";

/** Debian puts it where not every account looks. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** The version that is installed, such as "1.18.0"; none when there is none. */
export function pgbouncerVersion() {
  try {
    const text = execFileSync("pgbouncer", ["--version"], { env, encoding: "utf8" });
    return /PgBouncer (\S+)/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** What declares a test that needs PgBouncer, and what its title calls it. */
export function throughPgbouncer(test, version) {
  // AVA shows a skipped test with its title, which says why.
  return version
    ? { pooled: test, through: `PgBouncer ${version}` }
    : { pooled: test.skip, through: "PgBouncer, which is not installed here" };
}

/**
 * Starts a PgBouncer before `server` (see postgres.mjs), in transaction mode and with one connection
 * to each database, unless `mode` and `poolSize` say otherwise; where `takesTurns`, its sessions take
 * turns. `settings` are more of its own. `log` collects what it says.
 */
export async function startPgbouncer(
  server,
  { mode = "transaction", poolSize = 1, takesTurns = false, settings: more = {} } = {},
) {
  const { host, port: behind, user, password } = server.config;
  const port = await freePort();
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const files = await writeFiles({
    "users.txt": `${quoted(user)} ${quoted(password)}\n`,
    "pgbouncer.ini": "",
  });
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: files.paths["users.txt"],
    pool_mode: mode,
    default_pool_size: poolSize,
    server_round_robin: takesTurns ? 1 : 0,
    server_lifetime: 60,
    admin_users: user,
    ...more,
  };
  await files.write(
    "pgbouncer.ini",
    `[databases]
* = host=${host} port=${behind}
[pgbouncer]
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join("")}`,
  );
  const child = spawn("pgbouncer", [files.paths["pgbouncer.ini"]], {
    ...serverIdentity(),
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const log = [];
  const ready = new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log.push(text);
      if (log.join("").includes("process up")) resolve();
    });
    exited.then(() => reject(new Error(`PgBouncer did not start: ${log.join("")}`)));
  });
  await ready;
  return {
    log,
    config: { ...server.config, port },
    /** Ends it in the middle of everything. */
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGINT");
      await exited;
      await files.remove();
    },
  };
}
