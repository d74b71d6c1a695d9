// One PostgreSQL for a spec file, a fresh database for each call.

import { NEVER_MS } from "../../tools/limits.mjs";
import { createDatabase, startPostgres } from "../../tools/postgres.mjs";

export { endSessions } from "../../tools/sessions.mjs";

/**
 * Starts PostgreSQL, with `settings` and a `log`, before the file's tests and stops it after them. `setUp` runs in between, and
 * `tearDown` before the stop. The returned object has `server` and `database(extraSql)`.
 */
export function usePostgres(test, { setUp, tearDown, settings, log } = {}) {
  let count = 0;
  const postgres = {
    server: undefined,
    database: (extraSql) => createDatabase(postgres.server, `test_${++count}`, extraSql),
  };
  test.before("start PostgreSQL", async () => {
    postgres.server = await startPostgres({ settings, log });
    await setUp?.(postgres);
  });
  test.after.always("stop PostgreSQL", async () => {
    try {
      await tearDown?.();
    } finally {
      await postgres.server?.stop();
    }
  });
  return postgres;
}

/** Creates roles that log in, all with this password. */
export async function createRoles(server, password, ...roles) {
  const pool = server.pool({ max: 1 });
  for (const role of roles) await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  await pool.end();
}

/**
 * How many sessions are open in `database`, by default that of `pool`, beside the one that asks; where
 * `name` is given, only those of this name.
 */
export async function sessions(pool, { database, name } = {}) {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = coalesce($1, current_database()) AND backend_type = 'client backend'
       AND pid <> pg_backend_pid() AND application_name = coalesce($2, application_name)`,
    [database, name],
  );
  return rows[0].n;
}

/** The process ids of sessions in the database of `pool` (a server has others) that wait for a lock. */
export async function waitingForLocks(pool) {
  const { rows } = await pool.query(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.map(({ pid }) => pid);
}

/** Asks until `check` gives something truthy; fails when it never does. */
export async function eventually(check, label, timeoutMs = NEVER_MS) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`never happened: ${label}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
