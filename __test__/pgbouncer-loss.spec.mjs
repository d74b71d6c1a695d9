// What PgBouncer says when it loses a server, has none to give, or refuses a login: its errors tell less
// than PostgreSQL's, and a message must neither be lost by that, nor be called refused when it arrived.

import test from "ava";
import { Emitter } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { startCommand } from "./support/command.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { outcome } from "./support/emitters.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer, throughPgbouncer } from "./support/pgbouncer.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
const postgres = usePostgres(test);
const { pooled, through } = throughPgbouncer(test, version);

/** A PgBouncer that reaches the server through a network that fails. */
async function poolerFor(t, settings) {
  const network = await startProxy(postgres.server.config);
  t.teardown(() => network.close());
  const behind = { config: { ...postgres.server.config, port: network.port } };
  const pooler = await startPgbouncer(behind, { settings });
  t.teardown(() => pooler.stop());
  return { network, pooler };
}

function open(t, database, pooler, connection = {}, options = {}) {
  const settings = { ...database.config, port: pooler.config.port, ...connection };
  const emitter = new Emitter(settings, "/", { errorHandler: () => {}, ...options });
  t.teardown(() => emitter.close());
  return emitter;
}

for (const retryUnknown of [false, true]) {
  pooled(
    `a server lost after it committed, retryUnknown ${retryUnknown}, behind ${through}`,
    async (t) => {
      const database = await postgres.database();
      const { network, pooler } = await poolerFor(t);
      const listener = await listenFor(t, database);
      const emitter = open(t, database, pooler, {}, { retryUnknown });
      await emitter.emit("before");
      network.loseAnswers();
      const sent = outcome(emitter.emit("lost"));
      await eventually(() => listener.messages.length === 2, "it was delivered");
      network.cut();
      await network.comeBack();
      const { status, reason } = await sent;
      if (retryUnknown) {
        t.is(status, "fulfilled", reason?.message);
        await eventually(() => listener.messages.length === 3, "it was delivered again");
      } else {
        t.is(reason?.code, "ERR_OUTCOME_UNKNOWN", reason?.message);
      }
    },
  );
}

pooled(`what waited in vain for a server goes again, through ${through}`, async (t) => {
  const database = await postgres.database();
  const { pooler } = await poolerFor(t, { query_wait_timeout: 1 });
  const listener = await listenFor(t, database);
  const causes = [];
  const onStateChange = ({ cause }) => cause && causes.push(cause.message);
  const emitter = open(t, database, pooler, {}, { onStateChange });
  await emitter.emit("before");
  // The only session is held in a transaction.
  const holder = await database.pool({ port: pooler.config.port, max: 1 }).connect();
  await holder.query("BEGIN");
  const sent = emitter.emit("after");
  await eventually(
    () => causes.some((message) => message.includes("query_wait_timeout")),
    "PgBouncer has given up",
  );
  await holder.query("COMMIT");
  holder.release();
  await sent;
  t.deepEqual((await listener.next(2)).map(text), [
    broadcastText(["before"]),
    broadcastText(["after"]),
  ]);
  t.is(listener.messages.length, 2);
});

for (const [what, wrong] of [
  ["a wrong password", { password: "wrong" }],
  ["an unknown user", { user: "nobody-of-that-name" }],
  ["an unknown database", { database: "no-such-database" }],
  ["a parameter it does not take", { options: "-c search_path=public" }],
]) {
  pooled(`${what} is told at once, through ${through}`, async (t) => {
    const database = await postgres.database();
    const { pooler } = await poolerFor(t);
    const emitter = open(t, database, pooler, wrong);
    const { reason } = await outcome(emitter.emit("e"));
    t.true(["08P01", "28P01", "28000", "3D000"].includes(reason?.code), reason?.code);
  });
}

pooled(`a wrong password ends the command relay, through ${through}`, async (t) => {
  const database = await postgres.database();
  const { pooler } = await poolerFor(t);
  const { port } = pooler.config;
  const address = connectionStringOf({ ...database.config, port, password: "wrong" });
  const { child, ended } = startCommand(["relay", "--url", address]);
  t.teardown(() => child.kill("SIGKILL"));
  t.is((await ended).code, 1);
});

pooled(`a limit on connections is waited for, through ${through}`, async (t) => {
  const database = await postgres.database();
  const { pooler } = await poolerFor(t, { max_client_conn: 1 });
  const listener = await listenFor(t, database);
  const holder = await database.pool({ port: pooler.config.port, max: 1 }).connect();
  const causes = [];
  const onStateChange = ({ cause }) => cause && causes.push(cause.message);
  const emitter = open(t, database, pooler, {}, { onStateChange });
  const sent = emitter.emit("e");
  await eventually(
    () => causes.some((message) => message.includes("max_client_conn")),
    "PgBouncer has refused the connection",
  );
  holder.release(true);
  await sent;
  t.is(text((await listener.next())[0]), broadcastText(["e"]));
});
