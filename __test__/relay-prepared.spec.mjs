// A relay's statements are planned once where its session stays the same, and only there.

import test from "ava";
import pg from "pg";
import { attachmentTableSql, outboxSql } from "../index.js";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer } from "./support/pgbouncer.mjs";
import { relaying } from "./support/relays.mjs";
import { listenFor } from "./support/wire.mjs";

const lines = [];
const postgres = usePostgres(test, {
  settings: { log_statement: "all", log_line_prefix: "%d|%p|" },
  log: (text) => lines.push(...text.split("\n")),
});
const SQL = `${attachmentTableSql()}${outboxSql()}`;

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
// AVA shows a skipped test with its title, which says why.
const pooled = version ? test : test.skip;
const through = version ? `PgBouncer ${version}` : "PgBouncer, which is not installed here";

/** What the server's log says of a database: the session and the text of each line with this in it. */
const logged = ({ config }, what) =>
  lines
    .map((line) => line.split("|"))
    .filter(([name, , ...rest]) => name === config.database && rest.join("|").includes(what))
    .map(([, session, ...rest]) => ({ session, text: rest.join("|") }));

const prepared = (database) => logged(database, "statement: PREPARE socket_io_relay_");
const byName = (database) => logged(database, ": EXECUTE socket_io_relay_");
const takenInFull = (database) => logged(database, "execute <unnamed>: WITH start AS");
const refused = (database) => logged(database, "ERROR: ");

/** Writes a message and has it published, until `isEnough()`; resolves with how many they were. */
async function publishUntil({ relay }, outbox, isEnough) {
  let count = 0;
  await eventually(async () => {
    await outbox.emit("e", count++);
    await relay.drain();
    return isEnough();
  }, "it has published enough");
  return count;
}

/** Sessions of a pool that take turns, all of them open. */
async function poolerFor(t, database, poolSize) {
  const pooler = await startPgbouncer(postgres.server, { poolSize, takesTurns: true });
  t.teardown(() => pooler.stop());
  const config = { ...database.config, port: pooler.config.port };
  const pool = new pg.Pool({ ...config, max: poolSize });
  t.teardown(() => pool.end());
  await Promise.all(Array.from({ length: poolSize }, () => pool.query("SELECT pg_sleep(0.2)")));
  const { host, port, user, password, database: name } = config;
  return { pool, connectionString: `postgres://${user}:${password}@${host}:${port}/${name}` };
}

test("a relay prepares its statements once in each session, and takes all batches by name", async (t) => {
  const database = await postgres.database(SQL);
  const watched = relaying(t, database);
  const outbox = emitterFor(t, database).outbox();
  await publishUntil(watched, outbox, () => byName(database).length > 5);
  t.is(prepared(database).length, 1);
  const pool = database.pool({ max: 1 });
  await endSessions(pool);
  await publishUntil(watched, outbox, () => prepared(database).length === 2);
  t.deepEqual(takenInFull(database), []);
  t.deepEqual((await watched.emitter.outboxStatus()).waiting, 0);
});

// The relay changes its session every ten seconds, when a pooler can take it back.
pooled(
  `sessions of ${through} that do not know the names, or no more, lose no message`,
  async (t) => {
    const database = await postgres.database(SQL);
    const way = await poolerFor(t, database, 2);
    const listener = await listenFor(t, database);
    const watched = relaying(t, way);
    const outbox = emitterFor(t, database).outbox();
    let count = 0;
    const publish = async (isEnough) => {
      count += await publishUntil(watched, outbox, isEnough);
    };
    await publish(() => byName(database).length > 5);
    await publish(() => takenInFull(database).length > 5);
    t.deepEqual(refused(database), []);
    const [{ session }, ...others] = prepared(database);
    t.deepEqual(others, [], "sessions that outlive the relay are not filled");
    t.deepEqual(new Set(byName(database).map((line) => line.session)), new Set([session]));

    await eventually(async () => {
      const [, { rows }] = await way.pool.query("DEALLOCATE ALL; SELECT pg_backend_pid() AS pid");
      return String(rows[0].pid) === session;
    }, "the session forgets them");
    await publish(() => refused(database).length > 0);
    const taken = [byName, takenInFull].map((find) => find(database).length);
    await publish(() => takenInFull(database).length > taken[1] + 5);
    t.is(byName(database).length, taken[0], "the names are not used again");
    const texts = refused(database).map(({ text }) => text);
    t.is(texts.length, 1);
    t.regex(texts[0], /prepared statement "socket_io_relay_\w+" does not exist/);
    t.is((await listener.next(count)).length, count);
    t.deepEqual(watched.errors, []);
    t.like(await watched.relay.stats(), { waiting: 0, failed: 0 });
  },
);
