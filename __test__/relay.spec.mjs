// A relay: what it does with rows it cannot publish, without its tables, beside others, and at its end.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const SQL = `${attachmentTableSql()}${outboxSql()}`;

/** An emitter with a relay, and what the relay said. */
function relaying(t, database, options = {}) {
  const errors = [];
  const states = [];
  const emitter = emitterFor(t, database, "/", { errorHandler: () => {} });
  const relay = relayFor(t, emitter, {
    errorHandler: (error) => errors.push(error),
    onStateChange: ({ state }) => states.push(state),
    ...options,
  });
  return { emitter, relay, errors, states };
}

for (const batchSize of [1, 2048]) {
  test(`a row that the server refuses is set aside alone, in batches of ${batchSize}`, async (t) => {
    const database = await postgres.database(`${SQL}
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF octet_length(NEW.payload) > 20000 THEN RAISE EXCEPTION 'too long for us'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON socket_io_attachments
        FOR EACH ROW EXECUTE FUNCTION refuse();`);
    const listener = await listenFor(t, database);
    const outbox = emitterFor(t, database).outbox();
    const refused = [7, 8, 63];
    for (let n = 0; n < 64; n++) {
      await outbox.emit("e", n, refused.includes(n) ? "x".repeat(30_000) : "");
    }
    const { relay, errors, emitter } = relaying(t, database, { batchSize });
    await relay.drain();
    t.deepEqual(
      errors.map(({ code, cause }) => [code, cause.code]),
      refused.map(() => ["ERR_SET_ASIDE", "P0001"]),
    );
    const { setAside, waiting } = await emitter.outboxStatus();
    t.deepEqual(
      setAside.map(({ id }) => Number(id) - 1),
      refused,
    );
    t.is(waiting, 0);
    const sent = Array.from({ length: 64 }, (_, n) => n).filter((n) => !refused.includes(n));
    t.deepEqual(
      (await listener.next(sent.length)).map(text),
      sent.map((n) => broadcastText(["e", n, ""])),
    );
  });
}

test("an outbox that goes away is told once, and nothing else is; it goes on when it is back", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const { relay, errors } = relaying(t, database);
  await relay.drain();
  await pool.query("DROP TABLE socket_io_outbox");
  await eventually(() => errors.length > 0, "it is told");
  // Long enough for several tries more.
  await t.throwsAsync(relay.stats(), { code: "42P01" });
  await t.throwsAsync(relay.stats(), { code: "42P01" });
  await pool.query(outboxSql());
  await emitterFor(t, database).outbox().emit("back");
  t.is(text((await listener.next())[0]), broadcastText(["back"]));
  t.deepEqual(
    errors.map(({ code }) => code),
    ["42P01"],
  );
});

test("one is active, the others stand by, and what any of them waits for is published", async (t) => {
  const database = await postgres.database(SQL);
  const first = relaying(t, database);
  await eventually(() => first.relay.state === "active", "the first is active");
  const second = relaying(t, database);
  await eventually(() => second.relay.state === "standby", "the second stands by");
  const outbox = emitterFor(t, database).outbox();
  await Promise.all(Array.from({ length: 500 }, (_, n) => outbox.emit("e", n)));
  await second.relay.drain();
  const { published, waiting } = await second.relay.stats();
  t.deepEqual([published, waiting], [0, 0]);
  t.is((await first.relay.stats()).published, 500);
  await Promise.all([first.relay.close(), first.relay.close()]);
  t.deepEqual(first.states, ["active", "closed"]);
  await eventually(() => second.relay.state === "active", "the second goes on");
  t.is(first.errors.length + second.errors.length, 0);
});

test("closed, by a signal too, it refuses what it is asked", async (t) => {
  const database = await postgres.database(SQL);
  const stop = new AbortController();
  const { relay, states } = relaying(t, database, { signal: stop.signal });
  await relay.drain();
  stop.abort();
  await relay.close();
  t.deepEqual(states, ["active", "closed"]);
  await t.throwsAsync(relay.drain(), { code: "ERR_CLOSED" });
  await t.throwsAsync(relay.stats(), { code: "ERR_CLOSED" });
  relay.wake();
  t.is(relay.state, "closed");
});

test("options that are none are refused", (t) => {
  const emitter = emitterFor(t, "postgres://127.0.0.1:1/db");
  for (const options of [
    { batchSize: 0 },
    { batchSize: 4_096 },
    { pollMillis: 0 },
    { polMillis: 5 },
    { errorHandler: 5 },
    { signal: 5 },
  ]) {
    const error = t.throws(() => emitter.relay(options), undefined, JSON.stringify(options));
    t.regex(error.code, /^ERR_INVALID_ARG_/);
  }
  t.throws(() => emitter.using({ query() {} }).relay(), { code: "ERR_NOT_SUPPORTED" });
});
