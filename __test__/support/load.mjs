// A steady load of numbered messages, and an account of what became of each.

import { attachmentTableSql } from "../../index.js";
import { eventually } from "./database.mjs";
import { decode } from "./wire.mjs";

const APPLICATION = "socket.io-postgres-emitter";
const CHANNEL = "socket.io#/";
const SETTLE_MS = 45_000;

/** What an outcome may be when nobody can say whether the message arrived. */
const UNCERTAIN = ["ERR_OUTCOME_UNKNOWN", "ERR_TIMEOUT"];

/**
 * A table `audit.sent` of all notifications that were committed, kept by a `pg_notify` that comes
 * before PostgreSQL's own. A server that goes away takes its listeners along, and what it committed
 * last may never reach them: so where the server itself is stopped, this tells what was sent.
 */
export const AUDIT_SQL = `${attachmentTableSql()}
  CREATE SCHEMA audit;
  CREATE TABLE audit.sent (id bigserial, port text, payload text);
  CREATE FUNCTION audit.pg_notify(channel text, message text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit.sent (port, payload) VALUES (current_setting('port'), message);
    SELECT pg_catalog.pg_notify(channel, message);
  $$;
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = audit, pg_catalog, public', current_database());
  END $$;`;

/** The payloads of `audit.sent`, by the server that sent them and in their order. */
export async function audited(pool) {
  const { rows } = await pool.query("SELECT port, id::int, payload FROM audit.sent ORDER BY id");
  return rows;
}

/** One in twenty messages with bytes, one in thirty too long for NOTIFY. */
export const MIXED = (n) => {
  if (n % 20 === 7) return [n, Buffer.alloc(n % 1_000)];
  return n % 30 === 11 ? [n, "x".repeat(9_000)] : [n];
};

/** Emits a few messages each millisecond, numbered by their first argument, until `stop()`. */
export function startLoad(t, emitter, { argsOf = (n) => [n], atOnce = 5 } = {}) {
  const outcomes = [];
  const waiting = [];
  let resolved = 0;
  let count = 0;
  let timer;
  const emit = (n) =>
    emitter.emit("load", ...argsOf(n)).then(
      () => {
        resolved++;
        outcomes[n] = { code: undefined };
      },
      ({ code, cause }) => {
        outcomes[n] = { code, cause };
      },
    );
  const turn = () => {
    for (let each = 0; each < atOnce; each++) waiting.push(emit(count++));
    timer = setTimeout(turn, 1);
  };
  turn();
  t.teardown(() => clearTimeout(timer));
  return {
    outcomes,
    /** Until `more` messages were sent from now on. */
    progress(more = 20) {
      const goal = resolved + more;
      return eventually(() => resolved >= goal, `${more} more messages sent`, SETTLE_MS);
    },
    /** Until a message failed with `code`. */
    failure: (code) =>
      eventually(() => outcomes.find((one) => one?.code === code), code, SETTLE_MS),
    /** Sends no more; gives how each message ended, in order. */
    async stop() {
      clearTimeout(timer);
      let late;
      const limit = new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error("a promise was never settled")), SETTLE_MS);
      });
      await Promise.race([Promise.all(waiting), limit]).finally(() => clearTimeout(late));
      return outcomes;
    },
  };
}

/** Ends the emitter's sessions; gives how many there were. */
export async function terminate(pool) {
  const { rows } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1`,
    [APPLICATION],
  );
  return rows.length;
}

/** Until no session of an emitter is left: what it was working on is then done, or never will be. */
export function sessionsGone(pool) {
  return eventually(async () => {
    const { rows } = await pool.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = $1`,
      [APPLICATION],
    );
    return rows.length === 0;
  }, "the emitter's sessions are gone");
}

/** The payloads that `listener` heard, after the emitter was closed. */
export async function heard(listener, pool) {
  await sessionsGone(pool);
  await pool.query("SELECT pg_catalog.pg_notify($1, 'fence')", [CHANNEL]);
  const last = () => listener.messages.at(-1)?.payload === "fence";
  await eventually(last, "the fence", SETTLE_MS);
  return listener.messages.slice(0, -1).map(({ payload }) => payload);
}

/** The numbers of messages: their first arguments. */
export async function numbersOf(payloads, pool) {
  return (await argumentsOf(payloads, pool)).map(([n]) => n);
}

/** The arguments of messages, in the order of their payloads; rows of attachments are in `pool`. */
export async function argumentsOf(payloads, pool) {
  const { rows } = await pool.query("SELECT id, payload FROM socket_io_attachments");
  const attachments = new Map(rows.map(({ id, payload }) => [id, payload]));
  return payloads.map((payload) => {
    const { attachmentId, data } = JSON.parse(payload);
    const packet = attachmentId ? decode(attachments.get(attachmentId)).data.packet : data.packet;
    return packet.data.slice(1);
  });
}

/**
 * Holds the outcomes against what arrived: what was resolved did so once and in order, what nobody
 * can know about at most once, all else not at all. `repeats` allows more than once. Gives how many
 * messages had each outcome.
 */
export function account(t, outcomes, arrived, { repeats = false } = {}) {
  const times = new Map();
  for (const n of arrived) times.set(n, (times.get(n) ?? 0) + 1);
  const tally = { sent: 0 };
  const wrong = [];
  for (const [n, { code }] of outcomes.entries()) {
    const count = times.get(n) ?? 0;
    tally[code ?? "sent"] = (tally[code ?? "sent"] ?? 0) + 1;
    const least = code === undefined ? 1 : 0;
    const most = code === undefined || UNCERTAIN.includes(code) ? 1 : 0;
    if (count < least || (count > most && !(repeats && most > 0))) wrong.push({ n, code, count });
  }
  t.deepEqual(wrong.slice(0, 5), [], "how often they arrived");
  // Of repeats, the last counts: what came before has been sent again after it.
  const sent = [...new Set([...arrived].reverse())]
    .reverse()
    .filter((n) => outcomes[n].code === undefined);
  const disorder = sent.findIndex((n, index) => index > 0 && n < sent[index - 1]);
  t.is(disorder, -1, `${sent[disorder]} after ${sent[disorder - 1]}`);
  t.true(tally.sent > 0);
  t.log(tally);
  return tally;
}
