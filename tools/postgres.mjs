// A PostgreSQL server of one's own: started on a free port with a temporary data folder, gone
// without a trace after `stop()`, or after the process that started it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";

const GUARD = fileURLToPath(new URL("./postgres-guard.mjs", import.meta.url));
const USER = "postgres";
const PASSWORD = "correct-horse";

/** `postgres://…` for a config object. */
export function connectionStringOf({ host, port, user, password, database }) {
  const [name, secret, base] = [user, password, database].map(encodeURIComponent);
  return `postgres://${name}:${secret}@${host}:${port}/${base}`;
}

/** One database of a server: how to reach it, and pools that `endPools` ends. */
function openDatabase(config) {
  const pools = [];
  return {
    config,
    connectionString: connectionStringOf(config),
    pool(options = {}) {
      const pool = new pg.Pool({ ...config, ...options });
      // A client that loses its server raises an error, lent out or idle; without a listener that
      // ends the process.
      pool.on("error", () => {});
      pool.on("connect", (client) => client.on("error", () => {}));
      pools.push(pool);
      return pool;
    },
    async endPools() {
      await Promise.all(
        pools.filter((pool) => !pool.ended && !pool.ending).map((pool) => pool.end()),
      );
    },
  };
}

/**
 * Starts a server. `settings` are PostgreSQL's own (`{ ssl: "on" }`), `log` gets what it prints.
 * `socketDirectory` is where its Unix socket is.
 */
export async function startPostgres({ log, settings = {} } = {}) {
  const options = JSON.stringify({ settings, user: USER, password: PASSWORD });
  const guard = fork(GUARD, [options], {
    // Its own process group: Ctrl-C in a terminal must not reach it before the parent is done.
    detached: true,
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const exited = once(guard, "exit");
  if (log) {
    guard.on("message", (message) => message.log && log(message.log));
  }
  const { host, port, socketDirectory } = await new Promise((resolve, reject) => {
    guard.on("message", ({ ready, error }) => {
      if (ready) {
        resolve(ready);
      } else if (error) {
        guard.disconnect();
        reject(new Error(error));
      }
    });
    guard.once("exit", (code) => reject(new Error(`PostgreSQL's guard ended with code ${code}`)));
  });
  // A caller that forgets `stop()` still ends, and the server with it.
  guard.unref();
  guard.channel.unref();

  const databases = [];
  const open = (database) => {
    const opened = openDatabase({ host, port, user: USER, password: PASSWORD, database });
    databases.push(opened);
    return opened;
  };
  const { endPools, ...main } = open("postgres");
  let stopped;
  return {
    ...main,
    socketDirectory,
    open,
    stop() {
      stopped ??= (async () => {
        guard.ref();
        // A client that was never given back holds its pool open, so this does not wait for ever:
        // the server then ends such sessions.
        let timer;
        await Promise.race([
          Promise.all(databases.map((database) => database.endPools())),
          new Promise((resolve) => {
            timer = setTimeout(resolve, 1_000);
          }),
        ]);
        clearTimeout(timer);
        if (guard.connected) {
          guard.disconnect();
        }
        await exited;
      })();
      return stopped;
    },
  };
}

/** A fresh database on `server`, with the same `config`, `connectionString` and `pool`. */
export async function createDatabase(server, name, extraSql = "") {
  const run = async (config, sql) => {
    const client = new pg.Client(config);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(server.config, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  const { endPools: _, ...database } = server.open(name);
  if (extraSql) {
    await run(database.config, extraSql);
  }
  return database;
}
