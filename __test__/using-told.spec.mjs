// What an executor fails with: its own error, which says what the message was, and who awaits it.

import test from "ava";
import postgresJs from "postgres";
import { Emitter } from "../index.js";
import { usePostgres } from "./support/database.mjs";

const postgres = usePostgres(test);

const refused = (error) => Promise.reject(error);

async function payAwaited(io, call = (io) => io.emit("paid")) {
  await call(io);
}

/** The error of one message of an executor. */
function errorOf(t, executor, call) {
  return t.throwsAsync(payAwaited(Emitter.using(executor, "/shop"), call), { any: true });
}

test("a driver's error has the frames of who awaits, the event and the namespace", async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const sql = postgresJs(database.connectionString, { max: 1 });
  t.teardown(() => sql.end());
  for (const executor of [pool, (text, values) => sql.unsafe(text, values)]) {
    const told = [];
    const io = Emitter.outbox(executor, "/shop", { errorHandler: (error) => told.push(error) });
    const wants = [
      [(io) => io.to("a").emit("paid", 1), "paid"],
      [(io) => io.emit("paid", Buffer.alloc(9)), "paid"],
      [(io) => io.socketsJoin("a"), undefined],
    ];
    for (const [call, event] of wants) {
      // Another is before it: so it waits for its turn.
      io.emit("first");
      const error = await t.throwsAsync(payAwaited(io, call), { code: "42P01" });
      t.regex(error.stack, /at async payAwaited /);
      t.like(error, { event, namespace: "/shop" });
      t.is(told.at(-1).cause, error);
      t.regex(told.at(-1).stack, /at async payAwaited /);
    }
    const { stack } = await t.throwsAsync(payAwaited(io, (io) => io.ensureFunctions()));
    t.regex(stack, /at async payAwaited /);
  }
});

test("it stays that very object, with what it says by itself", async (t) => {
  const mine = Object.assign(new TypeError("mine"), { event: "of mine" });
  t.is(await errorOf(t, () => refused(mine)), mine);
  t.like(mine, { event: "of mine", namespace: "/shop" });
  const thrown = new RangeError("thrown");
  t.is(
    await errorOf(t, () => {
      throw thrown;
    }),
    thrown,
  );
  t.like(thrown, { event: "paid", namespace: "/shop" });
});

test("one error of several messages names the last", async (t) => {
  const shared = new Error("the connection is gone");
  const executor = () => refused(shared);
  await errorOf(t, executor);
  await errorOf(t, executor, (io) => io.emit("cancelled"));
  t.is(shared.event, "cancelled");
  t.is(shared.stack.split("at async payAwaited ").length, 2);
});

test("what cannot be added to is passed on all the same", async (t) => {
  const stubborn = new Proxy(new Error("stubborn"), {
    has() {
      throw new Error("do not look");
    },
  });
  for (const reason of [Object.freeze(new Error("frozen")), stubborn, "text", undefined, null, 7]) {
    t.is(await errorOf(t, () => refused(reason)), reason);
  }
});

test("the reason of an abort stays as it is", async (t) => {
  const reason = new Error("mine");
  const io = Emitter.using(() => Promise.resolve(), "/", { signal: AbortSignal.abort(reason) });
  await t.throwsAsync(io.emit("paid"));
  t.false("event" in reason);
});
