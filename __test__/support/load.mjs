// A steady load of numbered messages, and an account of what became of each.

import { accountOf } from "../../tools/account.mjs";
import { NEVER_MS } from "../../tools/limits.mjs";
import { eventually } from "./database.mjs";
import { decode } from "./wire.mjs";

const APPLICATION = "socket.io-postgres-emitter";
const CHANNEL = "socket.io#/";

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
      return eventually(() => resolved >= goal, `${more} more messages sent`);
    },
    /** Until a message failed with `code`, by the error `cause` where one is given. */
    failure: (code, cause) =>
      eventually(
        () => outcomes.find((one) => one?.code === code && (!cause || one.cause?.code === cause)),
        code,
      ),
    /** Sends no more; gives how each message ended, in order. */
    async stop() {
      clearTimeout(timer);
      let late;
      const limit = new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error("a promise was never settled")), NEVER_MS);
      });
      await Promise.race([Promise.all(waiting), limit]).finally(() => clearTimeout(late));
      return outcomes;
    },
  };
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
  await eventually(last, "the fence");
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

/** Holds the outcomes against what arrived (`accountOf`); gives how many messages had each outcome. */
export function account(t, outcomes, arrived, options) {
  const codes = outcomes.map(({ code }) => code);
  const { tally, lost, twice, refused, disorder } = accountOf(codes, arrived, options);
  const some = { lost: lost.slice(0, 5), twice: twice.slice(0, 5), refused: refused.slice(0, 5) };
  t.deepEqual(some, { lost: [], twice: [], refused: [] }, "how often they arrived");
  t.is(disorder, undefined, "came after a later one");
  t.true(tally.sent > 0);
  t.log(tally);
  return tally;
}
