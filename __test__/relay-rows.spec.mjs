// What a relay does with rows of all kinds, and with those it cannot publish.

import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relaying } from "./support/relays.mjs";
import { broadcastText, listenFor, messageOf, rowOf, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const SQL = `${attachmentTableSql()}${outboxSql()}`;
const HEADER = '{"uid":"emitter","type":3,"attachmentId":""}';

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

/** Rows by hand: payload, attachment, buffers, and the code of what is wrong with it. */
const BY_HAND = [
  ["{", null, null, "ERR_NOT_SERIALIZABLE"],
  ["{}{}", null, null, "ERR_NOT_SERIALIZABLE"],
  ["{no JSON}", null, null, "ERR_NOT_SERIALIZABLE"],
  ['{"type":3,"a":"\u0001"}', null, null, "ERR_NOT_SERIALIZABLE"],
  [broadcastText(["cut"]).slice(0, -1), null, null, "ERR_NOT_SERIALIZABLE"],
  [broadcastText(["cut", "x".repeat(9_000)]).slice(0, -1), null, null, "ERR_NOT_SERIALIZABLE"],
  [
    broadcastText(["no bytes", { _placeholder: true, num: 1 }]),
    null,
    ["a"],
    "ERR_NOT_SERIALIZABLE",
  ],
  [broadcastText(["cut"]).slice(0, -1), null, ["a"], "ERR_NOT_SERIALIZABLE"],
  ["[]", null, null, "ERR_NOT_SERIALIZABLE"],
  ["null", null, null, "ERR_NOT_SERIALIZABLE"],
  ["", null, null, "ERR_NOT_SERIALIZABLE"],
  ['{no JSON"attachmentId":""}', "a", null, "ERR_NOT_SERIALIZABLE"],
  ['{"attachmentId":"" }', "a", null, "ERR_NOT_SERIALIZABLE"],
  [HEADER, "a", ["b"], "ERR_INVALID_ARG_VALUE"],
  [HEADER, "ours", null],
  // A header in other words has the bytes of the row all the same.
  ['\n{ "attachmentId": "", "type": 3 }', "ours", null],
  [broadcastText(["NUL", "\0", "\0b0"]), null, null],
  [broadcastText(["NUL", "\0b0", { "\0b0": { _placeholder: true, num: 0 } }]), null, ["x"]],
  ['{"type":3,"lone":"\\ud800"}', null, null],
  [`\r\n\t ${broadcastText(["white space"])} \n`, null, null],
  [broadcastText(["empty buffers"]), null, []],
];

test("a row by hand is published if it is a message, and set aside alone if not", async (t) => {
  const database = await postgres.database(SQL);
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const insert = (row) =>
    pool.query(
      `INSERT INTO socket_io_outbox (channel, payload, attachment, buffers)
       VALUES ('socket.io#/', $1, convert_to($2, 'UTF8'), $3::text[]::bytea[])`,
      row,
    );
  for (const row of BY_HAND) await insert(row.slice(0, 3));
  for (const channel of ["", "x".repeat(64), "é".repeat(32)]) {
    await pool.query("INSERT INTO socket_io_outbox (channel, payload) VALUES ($1, '{}')", [
      channel,
    ]);
  }
  await emitterFor(t, database).outbox().emit("last");
  const { emitter, relay, errors } = relaying(t, database);
  await relay.drain();
  const bad = BY_HAND.flatMap(([, , , code], index) => (code ? [[String(index + 1), code]] : []));
  bad.push(...[1, 2, 3].map((n) => [String(BY_HAND.length + n), "ERR_INVALID_ARG_VALUE"]));
  t.deepEqual(
    errors.map(({ code, cause }) => [code, cause.code]),
    bad.map(([, code]) => ["ERR_SET_ASIDE", code]),
  );
  const { setAside } = await emitter.outboxStatus();
  t.deepEqual(
    setAside.map(({ id, error }) => [id, error.split(":")[0]]),
    bad,
  );
  const good = BY_HAND.filter(([, , , code]) => !code);
  const heard = await listener.next(good.length + 1);
  t.is(text(heard.at(-1)), broadcastText(["last"]));
  for (const [index, [payload, attachment, buffers]] of good.entries()) {
    const each = heard[index];
    if (attachment) t.is((await rowOf(pool, each)).toString(), attachment);
    else if (!buffers?.length) t.deepEqual(await messageOf(pool, each), JSON.parse(payload));
  }
  const marked = heard[good.findIndex(([, , buffers]) => buffers?.length)];
  const { data } = await messageOf(pool, marked);
  const [, plain, { "\0b0": bytes }] = data.packet.data;
  t.deepEqual([plain, Buffer.from(bytes).toString()], ["\0b0", "x"]);

  // What is set aside can be mended, tried again, and dropped.
  await pool.query("UPDATE socket_io_outbox SET payload = '{\"type\":3}' WHERE id = 1");
  t.is(await emitter.retrySetAside(["1", "2"]), 2);
  await relay.drain();
  t.is(text((await listener.next())[0]), '{"type":3}');
  t.is((await emitter.outboxStatus()).failed, bad.length - 1);
  t.is(await emitter.dropSetAside(), bad.length - 1);
  t.deepEqual(await emitter.outboxStatus(), { waiting: 0, failed: 0, setAside: [] });
});
