// Every committed message is published once, none twice, none lost, in order: with relays that are
// killed or stand still, sessions that are ended, and a server that crashes, under load.

import test from "ava";
import pg from "pg";
import { Emitter } from "../index.js";
import { connectionStringOf, createDatabase, startPostgres } from "../tools/postgres.mjs";
import { endSessions, eventually } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer } from "./support/pgbouncer.mjs";
import { AUDITED_OUTBOX_SQL, activeOf, relayFor, relayProcess } from "./support/relays.mjs";

const WRITERS = 6;
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/**
 * Writes messages in transactions, some of which roll back and some take their time, until `stop()`.
 * In the ledger stands, in the same transaction, when its INSERT began, and afterwards that it was
 * committed by then.
 */
function startWriters(pool) {
  let isStopped = false;
  let count = 0;
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    while (!isStopped) {
      const client = await pool.connect().catch(() => undefined);
      if (client === undefined) {
        await pause(20);
        continue;
      }
      const numbers = [];
      try {
        await client.query("BEGIN");
        const tx = Emitter.outbox(client, "/");
        for (let each = 0; each <= writer % 3; each++) {
          const n = count++;
          numbers.push(n);
          await client.query("INSERT INTO ledger VALUES ($1, $2, clock_timestamp())", [n, writer]);
          await tx.emit("load", n, n % 40 === 7 ? "x".repeat(9_000) : "");
          if (writer === 5) await pause(n % 30);
        }
        await client.query(numbers[0] % 7 === 0 ? "ROLLBACK" : "COMMIT");
        await client.query("UPDATE ledger SET done = clock_timestamp() WHERE n = ANY ($1)", [
          numbers,
        ]);
      } catch {
        // The server is away; what became of the transaction the ledger tells.
      } finally {
        client.release(true);
      }
    }
  });
  return {
    get count() {
      return count;
    },
    stop() {
      isStopped = true;
      return Promise.all(writers);
    },
  };
}

/** Holds what was removed against the ledger. */
async function check(t, pool) {
  const { rows: ledger } = await pool.query(
    "SELECT n, writer, extract(epoch FROM began) AS began, extract(epoch FROM done) AS done FROM ledger",
  );
  const { rows: removed } = await pool.query("SELECT n FROM removed ORDER BY batch, outbox_id");
  const published = removed.map(({ n }) => n).filter((n) => n !== null);
  t.is(new Set(published).size, published.length, "none was published twice");
  // Of an attachment the payload has no number: the table of attachments tells.
  const long = ledger.filter(({ n }) => n % 40 === 7).length;
  t.is(published.length + removed.filter(({ n }) => n === null).length, ledger.length);
  t.is(removed.filter(({ n }) => n === null).length, long);
  const facts = new Map(ledger.map((row) => [row.n, row]));
  const disorder = [];
  let earliestDone = Number.POSITIVE_INFINITY;
  for (const n of [...published].reverse()) {
    const { began, done } = facts.get(n);
    if (earliestDone < Number(began)) disorder.push(n);
    if (done !== null) earliestDone = Math.min(earliestDone, Number(done));
  }
  t.deepEqual(disorder, [], "what committed before another's INSERT was published before it");
  const byWriter = Array.from({ length: WRITERS }, () => -1);
  for (const n of published) {
    const { writer } = facts.get(n);
    t.true(byWriter[writer] < n, `${n} after ${byWriter[writer]}`);
    byWriter[writer] = n;
  }
  t.log(`${ledger.length} messages, ${long} of them attachments`);
  t.true(ledger.length > 100);
}

/** What happens in one round after the other, while messages are written. */
const FAULTS = {
  kill: async ({ active, replace }) => {
    active.kill();
    await replace(active);
  },
  pause: async ({ relays, active }) => {
    active.pause();
    await activeOf(relays.filter((relay) => relay !== active));
    active.resume();
  },
  terminate: ({ pool }) => endSessions(pool, { waits: false }),
  crash: async ({ server }) => {
    await server.crash();
    await server.start();
  },
  halt: async ({ pool, server }) => {
    await endSessions(pool, { waits: false });
    await server.halt();
    await server.start();
  },
  "the pooler killed": async ({ server, pooler, poolerFor }) => {
    await pooler.kill();
    await poolerFor(server, { listen_port: pooler.config.port });
  },
};

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
for (const [way, names] of [
  ["directly", ["kill", "pause", "terminate", "crash", "kill", "halt"]],
  ["through PgBouncer", ["kill", "terminate", "the pooler killed", "crash"]],
]) {
  const isPooled = way !== "directly";
  const faulty = isPooled && !version ? test.skip : test;
  faulty(`under load, ${way}: ${names.join(", ")}`, async (t) => {
    t.timeout(120_000);
    const server = await startPostgres();
    t.teardown(() => server.stop());
    const database = await createDatabase(server, "faults", AUDITED_OUTBOX_SQL);
    const poolerFor = async (behind, settings) => {
      const started = await startPgbouncer(behind, {
        poolSize: 12,
        takesTurns: true,
        // Of the default, 15 s, a test would notice every one.
        settings: { server_login_retry: 1, ...settings },
      });
      t.teardown(async () => {
        // Told to stop it would wait for the transactions of the relays.
        await started.kill();
        await started.stop();
      });
      return started;
    };
    const pooler = isPooled ? await poolerFor(server) : undefined;
    const front = { ...database.config, ...(pooler && { port: pooler.config.port }) };
    const connectionString = connectionStringOf(front);
    const pool = database.pool({ max: 2 });
    const writing = new pg.Pool({ ...front, max: WRITERS });
    writing.on("error", () => {});
    writing.on("connect", (client) => client.on("error", () => {}));
    t.teardown(() => writing.end());
    let relays = [1, 2, 3].map(() => relayProcess(t, { connectionString }));
    await activeOf(relays);
    const writers = startWriters(writing);
    t.teardown(() => writers.stop());
    for (const name of names) {
      const before = writers.count;
      await eventually(() => writers.count > before + 60, "messages are written");
      const active = await activeOf(relays);
      const replace = async (gone) => {
        relays = relays.filter((relay) => relay !== gone);
        relays.push(relayProcess(t, { connectionString }));
        await activeOf(relays);
      };
      await FAULTS[name]({ server, pool, pooler, poolerFor, relays, active, replace });
    }
    const before = writers.count;
    await eventually(() => writers.count > before + 60, "messages are written");
    await writers.stop();
    const emitter = emitterFor(t, { connectionString }, "/", { errorHandler: () => {} });
    const relay = relayFor(t, emitter);
    await relay.drain();
    const { waiting, failed } = await relay.stats();
    t.deepEqual({ waiting, failed }, { waiting: 0, failed: 0 });
    await check(t, pool);
  });
}
