// Every committed message is published once, none twice, none lost, in order: with relays that are
// killed, sessions that are ended, and a server that crashes, under load.

import test from "ava";
import { Emitter } from "../index.js";
import { createDatabase, startPostgres } from "../tools/postgres.mjs";
import { eventually } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
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

test("relays killed, sessions ended, the server crashed and halted, under load", async (t) => {
  t.timeout(120_000);
  const server = await startPostgres();
  t.teardown(() => server.stop());
  const database = await createDatabase(server, "faults", AUDITED_OUTBOX_SQL);
  const pool = database.pool({ max: WRITERS + 2 });
  let relays = [1, 2, 3].map(() => relayProcess(t, database));
  await activeOf(relays);
  const writers = startWriters(pool);
  for (let round = 0; round < 4; round++) {
    const before = writers.count;
    await eventually(() => writers.count > before + 60, "messages are written", 30_000);
    if (round < 2) {
      const active = await activeOf(relays);
      active.kill();
      relays = relays.filter((relay) => relay !== active);
      relays.push(relayProcess(t, database));
      await activeOf(relays);
    } else if (round === 2) {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
         AND datname = current_database() AND application_name = 'socket.io-postgres-emitter'`,
      );
    }
    if (round > 0) {
      await (round === 1 ? server.crash() : round === 2 ? server.halt() : pause(0));
      if (round < 3) await server.start();
    }
  }
  await writers.stop();
  const relay = relayFor(t, emitterFor(t, database, "/", { errorHandler: () => {} }));
  await relay.drain();
  const { waiting, failed } = await relay.stats();
  t.deepEqual({ waiting, failed }, { waiting: 0, failed: 0 });
  await check(t, pool);
});
