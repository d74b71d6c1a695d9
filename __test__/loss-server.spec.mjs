// Servers that stop, crash or fail over under load, and one whose notification queue is full.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { audited, auditSql } from "../tools/audit.mjs";
import { createDatabase, startPostgres, startStandby } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { eventually } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { account, heard, MIXED, numbersOf, startLoad } from "./support/load.mjs";
import { listenFor } from "./support/wire.mjs";

const quiet = { errorHandler: () => {} };

async function serverFor(t, options) {
  const server = await startPostgres(options);
  t.teardown(() => server.stop());
  return server;
}

/** An emitter under load, with what it said of its states. */
async function loaded(t, connectionString, options) {
  const causes = [];
  const onStateChange = ({ cause }) => cause && causes.push(cause.code);
  const emitter = emitterFor(t, connectionString, "/", { ...quiet, onStateChange });
  const load = startLoad(t, emitter, options);
  await load.progress();
  return { emitter, load, causes };
}

/** Ends the load with one message more, which must arrive. */
async function finish(t, { emitter, load }) {
  await load.progress();
  const outcomes = await load.stop();
  t.is((await outcome(emitter.emit("load", outcomes.length))).status, "fulfilled");
  outcomes.push({});
  await emitter.close();
  return outcomes;
}

const payloadsOf = (rows) => rows.map(({ payload }) => payload);

for (const [title, end, argsOf] of [
  ["the server stopped and started", (server) => server.halt(), MIXED],
  // Rows of attachments are not waited for until they are on disk, so a crash may take the last.
  ["the server crashed", (server) => server.crash(), undefined],
]) {
  test(title, async (t) => {
    const server = await serverFor(t);
    const database = await createDatabase(server, "loss", auditSql());
    const { emitter, load, causes } = await loaded(t, database.connectionString, { argsOf });
    for (let round = 0; round < 2; round++) {
      await end(server);
      causes.length = 0;
      await eventually(() => causes.includes("ECONNREFUSED"), "the server is missed");
      await server.start();
      await load.progress();
    }
    const outcomes = await finish(t, { emitter, load });
    const pool = database.pool({ max: 1 });
    const arrived = await numbersOf(payloadsOf(await audited(pool)), pool);
    const tally = account(t, outcomes, arrived);
    delete tally.sent;
    delete tally.ERR_OUTCOME_UNKNOWN;
    t.deepEqual(tally, {});
  });
}

test("a standby promoted under load", async (t) => {
  const primary = await serverFor(t);
  const database = await createDatabase(primary, "failover", auditSql());
  const standby = await startStandby(primary);
  t.teardown(() => standby.stop());

  const { user, password, port } = database.config;
  const hosts = `127.0.0.1:${port},127.0.0.1:${standby.config.port}`;
  const connectionString = `postgres://${user}:${password}@${hosts}/failover?target_session_attrs=read-write`;
  const { emitter, load, causes } = await loaded(t, connectionString);
  await load.progress(200);
  await primary.crash();
  causes.length = 0;
  // More than once round both: the standby is there, and not what is wanted.
  await eventually(() => causes.length >= 3, "no server takes writes");
  t.true(causes.includes("25006"));
  t.is(emitter.state, "connecting");
  await standby.promote();
  await load.progress(200);
  const outcomes = await finish(t, { emitter, load });

  await primary.start();
  const [before, after] = await Promise.all(
    [primary, standby].map((server) => audited(server.open("failover").pool({ max: 1 }))),
  );
  const since = after.filter((row) => row.port === String(standby.config.port));
  t.true(since.length > 200);
  // What the standby has of the primary is the same.
  const copies = after.filter((row) => row.port === String(port));
  t.deepEqual(copies, before.slice(0, copies.length));
  const payloads = payloadsOf([...before, ...since]);
  const tally = account(t, outcomes, await numbersOf(payloads, database.pool({ max: 1 })));
  delete tally.sent;
  delete tally.ERR_OUTCOME_UNKNOWN;
  t.deepEqual(tally, {});
});

test("several hosts, the first of which went black", async (t) => {
  const server = await serverFor(t);
  const first = await startProxy(server.config);
  t.teardown(() => first.close());
  const listener = await listenFor(t, server);
  const { user, password, port } = server.config;
  const hosts = `127.0.0.1:${first.port},127.0.0.1:${port}`;
  const connectionString = `postgres://${user}:${password}@${hosts}/postgres?target_session_attrs=read-write&connect_timeout=1`;
  const emitter = emitterFor(t, connectionString, "/", { ...quiet, publishTimeoutMillis: 4_000 });
  const load = startLoad(t, emitter);
  await load.progress();
  t.is(first.size, 1);
  first.goBlack();
  await load.failure("ERR_TIMEOUT");
  const outcomes = await finish(t, { emitter, load });
  const pool = server.pool({ max: 1 });
  await pool.query(attachmentTableSql());
  await first.close();
  const payloads = await heard(listener, pool);
  const tally = account(t, outcomes, await numbersOf(payloads, pool));
  delete tally.sent;
  delete tally.ERR_TIMEOUT;
  t.deepEqual(tally, {});
});

test("the notification queue is full", async (t) => {
  // The smallest there is: half a megabyte.
  const server = await serverFor(t, { settings: { max_notify_queue_pages: 64 } });
  const listener = await listenFor(t, server);
  const emitter = emitterFor(t, server, "/", quiet);
  const holder = await server.pool({ max: 1 }).connect();
  t.teardown(() => holder.release());
  await holder.query('LISTEN "socket.io#/"');
  await holder.query("BEGIN");
  await holder.query("SELECT 1");

  const text = "x".repeat(3_000);
  const outcomes = [];
  const send = async (n) => {
    const { reason } = await outcome(emitter.emit("load", n, text));
    outcomes[n] = { code: reason?.code };
    return reason;
  };
  let error;
  while (!error) error = await send(outcomes.length);
  t.is(error.code, "54000");
  t.is(error.severity, "ERROR");
  // A batch, too, fails as a whole, and what comes later.
  const first = outcomes.length;
  await Promise.all(Array.from({ length: 50 }, (_, index) => send(first + index)));
  await send(outcomes.length);
  t.true(outcomes.slice(first).every(({ code }) => code === "54000"));
  // The same connection all the time.
  t.is(emitter.state, "connected");
  t.is(emitter.stats().reconnects, 0);
  t.true((await emitter.queueUsage()) > 0.9);

  await holder.query("COMMIT");
  // By itself: the usage is not asked for, which would make room.
  await eventually(async () => (await send(outcomes.length)) === undefined, "it works again");
  // Far more than fits at once, as fast as it is read.
  const again = outcomes.length;
  for (let round = 0; round < 20; round++) {
    const next = outcomes.length;
    await eventually(async () => (await emitter.queueUsage()) < 0.2, "it was read");
    await Promise.all(Array.from({ length: 50 }, (_, index) => send(next + index)));
  }
  t.true(outcomes.slice(again).every(({ code }) => code === undefined));
  const sent = outcomes.filter(({ code }) => code === undefined);
  const payloads = (await listener.next(sent.length)).map(({ payload }) => payload);
  const arrived = payloads.map((payload) => JSON.parse(payload).data.packet.data[1]);
  account(t, outcomes, arrived);
  t.true((await emitter.queueUsage()) < 0.9);
});
