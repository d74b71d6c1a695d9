// `relay` and `outbox`: the relay as a process, and what it could not publish.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { command, startCommand } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const SQL = `${attachmentTableSql()}${outboxSql()}`;

function relaying(t, database, flags = []) {
  const started = startCommand(["relay", "--url", database.connectionString, ...flags]);
  t.teardown(() => started.child.kill("SIGKILL"));
  return started;
}

test("it publishes what is committed, and SIGTERM ends it cleanly", async (t) => {
  const database = await postgres.database(SQL);
  const listener = await listenFor(t, database);
  const { child, until, ended } = relaying(t, database);
  await until(({ stderr }) => stderr.includes("the relay is active"));
  await emitterFor(t, database).outbox().emit("e", 1);
  t.is(text((await listener.next())[0]), broadcastText(["e", 1]));
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await ended;
  t.is(code, 0, stderr);
  t.is(stdout, "");
  t.true(stderr.includes("the relay is closed"));
});

test("--json is one object a line", async (t) => {
  const database = await postgres.database(SQL);
  const { child, until, ended } = relaying(t, database, ["--json", "--poll", "5", "--batch", "1"]);
  await until(({ stdout }) => stdout.includes('"active"'));
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  t.is(code, 0);
  const states = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.deepEqual(
    states.map(({ kind, state }) => [kind, state]),
    [
      ["state", "active"],
      ["state", "closed"],
    ],
  );
});

test("a mistake ends it at once, with what is wrong", async (t) => {
  const database = await postgres.database();
  const { code, stderr } = await relaying(t, database).ended;
  t.is(code, 1);
  t.true(stderr.includes("42P01"), stderr);
  // It has the lock, and may read, but not publish.
  await database.pool({ max: 1 }).query(`${SQL}
    CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON socket_io_outbox TO reader`);
  const url = new URL(database.connectionString);
  Object.assign(url, { username: "reader", password: "reader" });
  const reader = await relaying(t, { connectionString: url.href }).ended;
  t.is(reader.code, 1);
  t.true(reader.stderr.includes("42501"), reader.stderr);
  for (const wrong of [["--poll", "soon"], ["now"], ["--batch", "9999"]]) {
    t.not((await relaying(t, database, wrong).ended).code, 0);
  }
});

test("outbox shows what waits and what failed, which goes again or is removed", async (t) => {
  const database = await postgres.database(SQL);
  const outbox = (...args) => command(["outbox", ...args, "--url", database.connectionString]);
  const pool = database.pool({ max: 1 });
  await pool.query(
    `INSERT INTO socket_io_outbox (channel, payload) VALUES ('', '{}'), ('c', E'no\\x1b[2J')`,
  );
  t.is((await outbox()).stdout.split("\n")[1], "0 set aside");
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  const relay = emitter.relay();
  t.teardown(() => relay.close());
  await relay.drain();
  const { stdout } = await outbox();
  t.regex(
    stdout,
    /^0 waiting\n2 set aside\n1 {2}.*ERR_INVALID_ARG_VALUE.*\n2 {2}.*ERR_NOT_SERIALIZABLE/,
  );
  t.false(stdout.includes("\x1b"));
  t.is(JSON.parse((await outbox("--json")).stdout).failed, 2);
  t.is((await outbox("drop")).code, 2);
  t.is((await outbox("drop", "1")).stdout, "1 rows were removed\n");
  await pool.query(`UPDATE socket_io_outbox SET payload = '{"type":3}'`);
  const listener = await listenFor(t, database, "c");
  t.is((await outbox("retry", "--all")).stdout, "1 rows will be published after all\n");
  await listener.next();
  t.deepEqual(await emitter.outboxStatus(), { waiting: 0, failed: 0, setAside: [] });
});
