// A PostgreSQL server of one's own: started on a free port with a temporary data folder, gone
// without a trace after `stop()`, or after the process that started it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";

const SUPERVISOR = fileURLToPath(new URL("./postgres-supervisor.mjs", import.meta.url));
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

/** What a supervisor is asked to do, and its answers. */
function tasksOf(supervisor) {
  const asked = new Map();
  let count = 0;
  supervisor.on("message", ({ done, error }) => {
    asked.get(done)?.(error && new Error(error));
  });
  supervisor.once("exit", () => {
    for (const settle of asked.values()) settle(new Error("PostgreSQL's supervisor has ended"));
  });
  return (task) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      // The caller waits, so the process stays, too.
      supervisor.channel?.ref();
      asked.set(id, (error) => {
        asked.delete(id);
        if (asked.size === 0) supervisor.channel?.unref();
        error ? reject(error) : resolve();
      });
      supervisor.send({ id, task }, (error) => error && asked.get(id)?.(error));
    });
}

/**
 * Starts a server. `version` is PostgreSQL's: 14, 16 or 18. `settings` are its own (`{ ssl: "on" }`),
 * `env` is added to its environment, `log` gets what it prints. `socketDirectory` is where its Unix socket
 * is.
 *
 * `halt()` and `crash()` end it, with and without writing everything down, and `start()` starts it
 * again on the same port and data; `stop()` ends it for good.
 */
export function startPostgres({ log, ...options } = {}) {
  return startSupervised({ user: USER, password: PASSWORD, ...options }, log);
}

/**
 * Starts a server that follows `primary`, read-only until `promote()`. Its files are a copy of those
 * of the primary, which is halted for it.
 */
export async function startStandby(primary, { log, settings, ...options } = {}) {
  const { host, port, user, password } = primary.config;
  await primary.halt();
  const standby = await startSupervised(
    {
      copyOf: primary.dataFolder,
      ...options,
      settings: {
        primary_conninfo: `host=${host} port=${port} user=${user} password=${password}`,
        // Of the default, 5 s, a test would notice every one.
        wal_retrieve_retry_interval: "50ms",
        ...settings,
      },
    },
    log,
  );
  await primary.start();
  return {
    ...standby,
    async promote() {
      const client = new pg.Client(standby.config);
      await client.connect();
      try {
        await client.query("SELECT pg_promote()");
      } finally {
        await client.end();
      }
    },
  };
}

async function startSupervised(supervisorOptions, log) {
  const options = JSON.stringify(supervisorOptions);
  const supervisor = fork(SUPERVISOR, [options], {
    // Its own process group: Ctrl-C in a terminal must not reach it before the parent is done.
    detached: true,
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const exited = once(supervisor, "exit");
  if (log) {
    supervisor.on("message", (message) => message.log && log(message.log));
  }
  const { host, port, dataFolder } = await new Promise((resolve, reject) => {
    supervisor.on("message", ({ ready, error, done }) => {
      if (ready) {
        resolve(ready);
      } else if (error && !done) {
        supervisor.disconnect();
        reject(new Error(error));
      }
    });
    supervisor.once("exit", (code) =>
      reject(new Error(`PostgreSQL's supervisor ended with code ${code}`)),
    );
  });
  // A caller that forgets `stop()` still ends, and the server with it.
  supervisor.unref();
  supervisor.channel.unref();
  const ask = tasksOf(supervisor);

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
    dataFolder,
    socketDirectory: dataFolder,
    open,
    start: () => ask("start"),
    halt: () => ask("halt"),
    crash: () => ask("crash"),
    stop() {
      stopped ??= (async () => {
        supervisor.ref();
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
        if (supervisor.connected) {
          supervisor.disconnect();
        }
        await exited;
      })();
      return stopped;
    },
  };
}

/**
 * Makes a login cheap for its client, which has to repeat a hash 4096 times otherwise: a tenth of a
 * second in a debug build of ours. For programs with very many connections; from PostgreSQL 16 on.
 */
export async function loginCheaply({ config }) {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const [user, password] = [pg.escapeIdentifier(config.user), pg.escapeLiteral(config.password)];
    await client.query(`SET scram_iterations = 1; ALTER ROLE ${user} PASSWORD ${password}`);
  } finally {
    await client.end();
  }
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
