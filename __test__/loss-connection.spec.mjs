// Connections that are lost under load: every promise settles, and tells the truth.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { NEVER_MS } from "../tools/limits.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { account, heard, MIXED, numbersOf, startLoad } from "./support/load.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);
/** No message fails because the machine is busy. */
const UNHURRIED = { errorHandler: () => {}, publishTimeoutMillis: NEVER_MS };

/** A database, and a network to it. */
async function distant(t) {
  const database = await postgres.database(attachmentTableSql());
  const proxy = await startProxy(database.config);
  t.teardown(() => proxy.close());
  const url = new URL(database.connectionString);
  url.port = String(proxy.port);
  const listener = await listenFor(t, database);
  return { pool: database.pool({ max: 1 }), proxy, connectionString: url.href, listener };
}

/** Load, what happens meanwhile, and the account of it. */
async function underLoad(t, { connectionString, pool, listener }, happen, options = {}) {
  const { repeats, argsOf = MIXED, ...emitterOptions } = options;
  const emitter = emitterFor(t, connectionString, "/", { ...UNHURRIED, ...emitterOptions });
  const load = startLoad(t, emitter, { argsOf });
  await load.progress();
  await happen(load, emitter);
  await load.progress();
  const outcomes = await load.stop();
  t.is((await outcome(emitter.emit("load", outcomes.length))).status, "fulfilled");
  outcomes.push({});
  await emitter.close();
  const payloads = await heard(listener, pool);
  return account(t, outcomes, await numbersOf(payloads, pool), { repeats });
}

const only = (t, tally, ...codes) =>
  t.deepEqual(
    Object.keys(tally).filter((code) => !["sent", ...codes].includes(code)),
    [],
  );

test("the backend terminated 20 times", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  const to = { connectionString: database.connectionString, pool, listener };
  const tally = await underLoad(t, to, async (load) => {
    for (let round = 0; round < 20; round++) {
      t.is(await endSessions(pool), 1);
      await load.progress();
    }
  });
  only(t, tally, "ERR_OUTCOME_UNKNOWN");
});

test("the network cut 20 times", async (t) => {
  const to = await distant(t);
  const tally = await underLoad(t, to, async (load) => {
    for (let round = 0; round < 20; round++) {
      t.is(to.proxy.size, 1);
      to.proxy.cut();
      await load.progress();
    }
  });
  only(t, tally, "ERR_OUTCOME_UNKNOWN");
});

test("a network that takes no connection for a while", async (t) => {
  const to = await distant(t);
  const tally = await underLoad(t, to, async (_, emitter) => {
    await to.proxy.refuse();
    await eventually(() => emitter.state === "connecting", "the loss is noticed");
    const { reason } = await outcome(emitter.connect());
    t.true(["ECONNREFUSED", "ECONNRESET"].includes(reason.code), reason.code);
    await to.proxy.comeBack();
  });
  only(t, tally, "ERR_OUTCOME_UNKNOWN");
});

test("a slow network: nothing is lost", async (t) => {
  const to = await distant(t);
  const happen = async (load) => {
    to.proxy.delay(100);
    for (let round = 0; round < 5; round++) await load.progress();
    await to.proxy.comeBack();
  };
  // Each attachment takes a way there and back of its own, so there are few.
  const argsOf = (n) => (n % 500 === 7 ? [n, Buffer.from("b")] : [n]);
  const tally = await underLoad(t, to, happen, { argsOf });
  only(t, tally);
});

test("a network that goes black is noticed by the time limit, and replaced", async (t) => {
  const to = await distant(t);
  const happen = async (load) => {
    to.proxy.goBlack();
    // Those that were not on their way by then have no such cause.
    await load.failure("ERR_TIMEOUT", "ERR_OUTCOME_UNKNOWN");
    // The next connection meets the same.
    await eventually(() => to.proxy.size > 0, "another connection");
    await to.proxy.comeBack();
  };
  const tally = await underLoad(t, to, happen, { publishTimeoutMillis: 700 });
  only(t, tally, "ERR_OUTCOME_UNKNOWN", "ERR_TIMEOUT");
});

test("a black moment that is shorter than the time limit loses nothing", async (t) => {
  const to = await distant(t);
  const tally = await underLoad(t, to, async (load) => {
    to.proxy.goBlack();
    const before = load.outcomes.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    t.true(load.outcomes.length < before + 100);
    await to.proxy.comeBack();
  });
  only(t, tally);
});

/** Ten times the server commits, and its answer is lost. */
const loseAnswers = (t, { proxy }) =>
  async function happen(load) {
    for (let round = 0; round < 10; round++) {
      proxy.loseAnswers();
      await eventually(() => proxy.held > 0, "an answer is held back");
      proxy.cut();
      await proxy.comeBack();
      await load.progress();
    }
    t.pass();
  };

test("answers that are lost: the outcome is unknown, and nothing is sent again", async (t) => {
  const to = await distant(t);
  const tally = await underLoad(t, to, loseAnswers(t, to));
  only(t, tally, "ERR_OUTCOME_UNKNOWN");
  t.true(tally.ERR_OUTCOME_UNKNOWN > 0);
});

test("answers that are lost, with retryUnknown: nothing is lost, some of it comes twice", async (t) => {
  const to = await distant(t);
  const options = { retryUnknown: true, repeats: true };
  const tally = await underLoad(t, to, loseAnswers(t, to), options);
  only(t, tally);
  t.true(to.listener.messages.length > tally.sent + 1);
});
