// Where a soak takes place: PostgreSQL with an audit of what was committed, a network in front of it,
// and two Socket.IO servers with clients that answer.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { auditSql } from "../../tools/audit.mjs";
import {
  connectionStringOf,
  createDatabase,
  loginCheaply,
  startPostgres,
} from "../../tools/postgres.mjs";

/** Starts `name.mjs`, which ends when it is left; gives what it says first, too. */
async function start(name, argument) {
  const path = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const child = fork(path, [argument], { execArgv: [] });
  const exited = once(child, "exit");
  const leave = () => {
    child.disconnect();
    return exited;
  };
  const [said] = await once(child, "message");
  return { child, said, leave };
}

/** The network, told by the names of its methods (`tools/proxy.mjs`). */
async function startNetwork({ port }) {
  const { child, said, leave } = await start("network", String(port));
  let told = Promise.resolve();
  const tell = (method) => {
    // One after the other, for an answer says nothing of what it answers.
    told = told.then(() => {
      child.send(method);
      return once(child, "message");
    });
    return told;
  };
  return { port: said.port, tell, leave };
}

/**
 * Of a message, `emitter:number`, which is in its event. Of an attachment, whose row is written before
 * its header is notified, `encode` makes text; its first bytes may be the `noise` of long ones.
 */
const KEY_SQL = `CREATE FUNCTION audit.soak_key(message text) RETURNS text LANGUAGE sql AS $$
    SELECT substring(
      CASE WHEN message LIKE '%"attachmentId":%' THEN (
        SELECT encode(substring(payload FOR 4000), 'escape') FROM audit.socket_io_attachments
        WHERE id = (message::json->>'attachmentId')::bigint
      ) ELSE message END
      FROM 'soak:([a-z]+:[0-9]+);'
    )
  $$;`;
const AUDIT_SQL = auditSql({ kept: "audit.soak_key(message)", functions: KEY_SQL });

/** The event of a message, by which the audit knows it. */
export const eventOf = (name, n) => `soak:${name}:${n};`;

export async function openWorld(version) {
  const server = await startPostgres({ version, settings: { max_connections: 300 } });
  await loginCheaply(server);
  const database = await createDatabase(server, "soak", AUDIT_SQL);
  const network = await startNetwork(server.config);
  const servers = await start("servers", database.connectionString);
  return {
    server,
    network,
    direct: database.connectionString,
    proxied: connectionStringOf({ ...database.config, port: network.port }),
    pool: database.pool({ max: 2 }),
    async close() {
      await servers.leave();
      await network.leave();
      await server.stop();
    },
  };
}
