// A relay's statements are planned once where its session stays the same, and only there.

import { setTimeout as wait } from "node:timers/promises";
import test from "ava";
import pg from "pg";
import { attachmentTableSql, outboxSql } from "../index.js";
import { startProxy } from "../tools/proxy.mjs";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { neededInCi } from "./support/needed.mjs";
import { pgbouncerVersion, startPgbouncer, throughPgbouncer } from "./support/pgbouncer.mjs";
import { relaying } from "./support/relays.mjs";
import { listenFor } from "./support/wire.mjs";

const lines = [];
const postgres = usePostgres(test, {
  settings: { log_statement: "all", log_line_prefix: "%d|%p|" },
  log: (text) => lines.push(...text.split("\n")),
});
const SQL = `${attachmentTableSql()}${outboxSql()}`;

const version = neededInCi(pgbouncerVersion(), "PgBouncer");
const { pooled, through } = throughPgbouncer(test, version);

/** What the server's log says of a database: the session and the text of each line that is like this. */
const logged = ({ config }, pattern) =>
  lines
    .map((line) => /^([^|]*)\|([^|]*)\|(.*)$/.exec(line) ?? [])
    .filter(([, name, , text]) => name === config.database && pattern.test(text))
    .map(([, , session, text]) => ({ session, text }));

const prepared = (database) => logged(database, /statement: PREPARE socket_io_relay_/);
const takenByName = (database) => logged(database, /: EXECUTE socket_io_relay_\w+_take \(/);
const takenWhole = (database) => logged(database, /execute <unnamed>: WITH start AS/);
const refused = (database) => logged(database, /^ERROR: /);

/** A relay that connects another `way`, what writes for it, and what hears of it. */
async function world(t, database, way = database) {
  const listener = await listenFor(t, database);
  const emitter = emitterFor(t, database);
  const outbox = emitter.outbox();
  const { relay, errors } = relaying(t, way);
  let count = 0;
  return {
    errors,
    write: () => outbox.emit("e", count++),
    drain: () => relay.drain(),
    /** Writes one message after the other and has each published, until `isEnough()`. */
    async publishUntil(isEnough) {
      await eventually(async () => {
        await this.write();
        await this.drain();
        return isEnough();
      }, "it has published enough");
    },
    /** All that was written was published, in its order, and no more. */
    async isWhole() {
      const messages = await listener.next(count);
      t.deepEqual(
        messages.map(({ payload }) => JSON.parse(payload).data.packet.data[1]),
        Array.from({ length: count }, (_, n) => n),
      );
      t.is(listener.messages.length, count);
      t.like(await emitter.outboxStatus(), { waiting: 0, failed: 0 });
    },
  };
}

/** A pooler whose sessions, that many, are open, and take turns. */
async function poolerFor(t, database, poolSize) {
  const pooler = await startPgbouncer(postgres.server, { poolSize, takesTurns: true });
  t.teardown(() => pooler.stop());
  const config = { ...database.config, port: pooler.config.port };
  const pool = new pg.Pool({ ...config, max: poolSize });
  t.teardown(() => pool.end());
  await Promise.all(Array.from({ length: poolSize }, () => pool.query("SELECT pg_sleep(0.2)")));
  const at = (port) => {
    const { host, user, password, database: name } = config;
    return { connectionString: `postgres://${user}:${password}@${host}:${port}/${name}` };
  };
  return { pool, port: config.port, at };
}

test("a relay prepares its statements once for each connection, and takes all by name", async (t) => {
  const database = await postgres.database(SQL);
  const relay = await world(t, database);
  await relay.publishUntil(() => takenByName(database).length > 5);
  t.is(prepared(database).length, 1);
  await endSessions(database.pool({ max: 1 }));
  await relay.publishUntil(() => prepared(database).length === 2);
  const { length } = takenByName(database);
  await relay.publishUntil(() => takenByName(database).length > length + 5);
  t.deepEqual(takenWhole(database), []);
  await relay.isWhole();
});

test("a trigger that fails as if a name were missing is told, and not tried without a pause", async (t) => {
  const database = await postgres.database(`${SQL}
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'not today' USING ERRCODE = '26000'; END $$;
    CREATE TRIGGER fail BEFORE DELETE ON socket_io_outbox FOR EACH ROW EXECUTE FUNCTION fail();`);
  const relay = await world(t, database);
  await relay.write();
  await eventually(() => relay.errors.length > 0, "it is told");
  t.is(relay.errors[0].code, "26000");
  t.regex(relay.errors[0].message, /not today/);
  await wait(500);
  t.true(refused(database).length < 20, `${refused(database).length} times`);
  const pool = database.pool({ max: 1 });
  await pool.query("DROP TRIGGER fail ON socket_io_outbox");
  await relay.drain();
  await relay.isWhole();
  t.is(relay.errors.length, 1);
});

pooled(`a relay that comes again to its session of ${through} prepares there again`, async (t) => {
  const database = await postgres.database(SQL);
  const way = await poolerFor(t, database, 1);
  const network = await startProxy({ port: way.port });
  t.teardown(() => network.close());
  const relay = await world(t, database, way.at(network.port));
  await relay.publishUntil(() => takenByName(database).length > 0);
  const pool = database.pool({ max: 1 });
  await relay.publishUntil(async () => {
    const told = relay.errors.length;
    // It pauses between two tries without a transaction: then the pooler keeps the session for the next.
    await pool.query("ALTER TABLE socket_io_outbox RENAME TO elsewhere");
    await eventually(() => relay.errors.length > told, "the table is missing");
    network.cut();
    await pool.query("ALTER TABLE elsewhere RENAME TO socket_io_outbox");
    await relay.write();
    await relay.drain();
    const sessions = prepared(database).map(({ session }) => session);
    return sessions.length > new Set(sessions).size;
  });
  const { length } = takenByName(database);
  await relay.publishUntil(() => takenByName(database).length > length);
  const texts = refused(database).map(({ text }) => text);
  t.deepEqual(
    texts.filter((text) => !text.includes('relation "socket_io_outbox" does not exist')),
    [],
  );
  await relay.isWhole();
});

// The relay changes its session every ten seconds, when a pooler can take it back.
pooled(
  `sessions of ${through} that do not know the names, or no more, lose no message`,
  async (t) => {
    const database = await postgres.database(SQL);
    const way = await poolerFor(t, database, 2);
    const relay = await world(t, database, way.at(way.port));
    await relay.publishUntil(() => takenByName(database).length > 5);
    await relay.publishUntil(() => takenWhole(database).length > 5);
    t.deepEqual(refused(database), []);
    const [{ session }, ...others] = prepared(database);
    t.deepEqual(others, [], "sessions that outlive the relay are not filled");
    t.deepEqual(new Set(takenByName(database).map((line) => line.session)), new Set([session]));

    await eventually(async () => {
      const [, { rows }] = await way.pool.query("DEALLOCATE ALL; SELECT pg_backend_pid() AS pid");
      return String(rows[0].pid) === session;
    }, "the session forgets them");
    await relay.publishUntil(() => refused(database).length > 0);
    const [byName, whole] = [takenByName, takenWhole].map((taken) => taken(database).length);
    await relay.publishUntil(() => takenWhole(database).length > whole + 5);
    t.is(takenByName(database).length, byName, "the names are not used again");
    const texts = refused(database).map(({ text }) => text);
    t.is(texts.length, 1);
    t.regex(texts[0], /prepared statement "socket_io_relay_\w+" does not exist/);
    await relay.isWhole();
    t.deepEqual(relay.errors, []);
  },
);

pooled(`a relay that is closed leaves nothing in its session of ${through}`, async (t) => {
  const database = await postgres.database(SQL);
  const way = await poolerFor(t, database, 1);
  const { relay } = relaying(t, way.at(way.port));
  await eventually(() => takenByName(database).length > 0, "it works");
  await relay.close();
  const { rows } = await way.pool.query("SELECT name FROM pg_prepared_statements WHERE from_sql");
  t.deepEqual(rows, []);
  t.deepEqual(refused(database), []);
});
