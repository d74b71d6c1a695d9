// The sessions of a server, ended from outside.

/** What the server shows of the connections of emitters and relays. */
const EMITTER = "socket.io-postgres-emitter";

/**
 * Ends sessions in the database of `pool`, beside the one that asks: by default those of emitters and
 * relays, otherwise those of another `name`, or with `null` all; where `query` is given, only those whose
 * last statement is like it; of those that are meant, each with the probability `share`. Waits until they
 * are gone unless `waits` is false. Resolves with how many there were.
 */
export async function endSessions(
  pool,
  { name = EMITTER, query = "%", share = 1, waits = true } = {},
) {
  const { rows } = await pool.query(
    `SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend'
       AND pid <> pg_backend_pid() AND application_name = coalesce($2, application_name)
       AND query LIKE $3 AND random() < $4`,
    [waits ? 5_000 : 0, name, query, share],
  );
  return rows.length;
}
