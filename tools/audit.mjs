// What PostgreSQL committed of the notifications.

import { attachmentTableSql } from "../index.js";

/**
 * SQL for a table `audit.sent` of all notifications that were committed, kept by a `pg_notify` that
 * comes before PostgreSQL's own. A server that goes away takes its listeners along, and what it
 * committed last may never reach them: so where the server itself is stopped, this tells what was sent.
 *
 * `kept` is an SQL expression: what to keep of `message`; where it is null, nothing is. `functions` is
 * SQL that creates what it calls. The attachment table is in the same schema, where those that create
 * it from now on find it.
 */
export const auditSql = ({ kept = "message", functions = "" } = {}) => `CREATE SCHEMA audit;
  SET search_path = audit, pg_catalog, public;
  ${attachmentTableSql()}
  ${functions}
  CREATE TABLE audit.sent (id bigserial, port text, payload text);
  CREATE FUNCTION audit.pg_notify(channel text, message text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit.sent (port, payload)
    SELECT current_setting('port'), kept FROM (SELECT ${kept}) AS audited (kept)
    WHERE kept IS NOT NULL;
    SELECT pg_catalog.pg_notify(channel, message);
  $$;
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = audit, pg_catalog, public', current_database());
  END $$;`;

/** What was kept, by the server that sent it and in its order. */
export async function audited(pool) {
  const { rows } = await pool.query("SELECT port, id::int, payload FROM audit.sent ORDER BY id");
  return rows;
}
