// One PostgreSQL for a spec file, a fresh database for each call.

import { createDatabase, startPostgres } from "../../tools/postgres.mjs";

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

/** How many sessions PostgreSQL has open in `database`, those of `pool` (elsewhere) left out. */
export async function sessions(pool, database) {
  const { rows } = await pool.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
    [database],
  );
  return rows[0].n;
}

/**
 * Ends the sessions of emitters and relays in the database of `pool`; where `listening`, only those that
 * listen for answers. Waits until they are gone unless `waits` is false. Resolves with how many there were.
 */
export async function endSessions(pool, { listening = false, waits = true } = {}) {
  const { rows } = await pool.query(
    `SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND application_name = 'socket.io-postgres-emitter'
       AND (NOT $2 OR query LIKE 'LISTEN%' OR query = '')`,
    [waits ? 5_000 : 0, listening],
  );
  return rows.length;
}

/** Asks until `check` gives something truthy; fails after `timeoutMs`. */
export async function eventually(check, label, timeoutMs = 30_000) {
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
