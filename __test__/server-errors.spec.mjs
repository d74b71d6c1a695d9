// What the server refuses is one message's affair: it fails with the server's code at once, the others are
// delivered, and the connection stays.

import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { createDatabase, startPostgres, startStandby } from "../tools/postgres.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const LONG = "x".repeat(9_000);
const quiet = { errorHandler: () => {} };

test("a database that is read-only refuses long messages at once, and takes short ones", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  await pool.query(
    `ALTER DATABASE ${database.config.database} SET default_transaction_read_only = on`,
  );
  const listener = await listenFor(t, database);
  const emitter = emitterFor(t, database, "/", quiet);
  await emitter.connect();
  const [long, short] = await Promise.all([
    outcome(emitter.emit("long", LONG)),
    outcome(emitter.emit("short")),
  ]);
  t.is(long.reason?.code, "25006");
  t.is(short.status, "fulfilled");
  t.is(text((await listener.next())[0]), broadcastText(["short"]));
  t.is(emitter.stats().reconnects, 0);
  const row = await outcome(emitter.outbox().emit("row"));
  t.true(["42P01", "25006"].includes(row.reason?.code), row.reason?.code);
});

// Codes that mean something else when the server itself says them, as the end of a session.
for (const code of [
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "57014",
  "25006",
  "08006",
  "08P01",
  "28P01",
  "40001",
  "53300",
  "54000",
  "22P02",
  "42501",
  "P0001",
  "XX000",
]) {
  test(`a trigger that raises ${code} refuses one message, and no other`, async (t) => {
    const database = await postgres.database(`${attachmentTableSql()}
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = '${code}'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON socket_io_attachments
        FOR EACH ROW EXECUTE FUNCTION refuse();`);
    const listener = await listenFor(t, database);
    const emitter = emitterFor(t, database, "/", quiet);
    const [first, long, last] = await Promise.all(
      [["first"], ["long", LONG], ["last"]].map((args) => outcome(emitter.emit(...args))),
    );
    t.is(long.reason?.code, code);
    t.deepEqual([first.status, last.status], ["fulfilled", "fulfilled"]);
    t.deepEqual((await listener.next(2)).map(text), [
      broadcastText(["first"]),
      broadcastText(["last"]),
    ]);
    t.is(emitter.stats().reconnects, 0);
  });
}

test("a standby is told at once, by connect() and by a message", async (t) => {
  const primary = await startPostgres();
  t.teardown(() => primary.stop());
  await createDatabase(primary, "app", attachmentTableSql());
  const standby = await startStandby(primary);
  t.teardown(() => standby.stop());
  const { connectionString } = standby.open("app");
  const told = emitterFor(t, connectionString, "/", quiet);
  await t.throwsAsync(told.connect(), { code: "25006" });
  for (const args of [["short"], ["long", LONG]]) {
    const emitter = new Emitter(connectionString, "/", quiet);
    await t.throwsAsync(emitter.emit(...args), { code: "25006" });
    await emitter.close();
  }
  // With the primary beside it, messages go there.
  const both = connectionString.replace(
    /127\.0\.0\.1:\d+/,
    (host) => `${host},127.0.0.1:${primary.config.port}`,
  );
  const emitter = emitterFor(t, both, "/", quiet);
  await emitter.emit("short");
  await emitter.emit("long", LONG);
  t.pass();
});
