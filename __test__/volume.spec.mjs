// Very many messages at once: all of them arrive, exactly once and in order, or are refused.

import test from "ava";
import { run } from "./support/child.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { broadcastText, listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);

test.serial("100,000 identical messages", async (t) => {
  const database = await postgres.database();
  const emitter = emitterFor(t, database);
  const listener = await listenFor(t, database);
  const count = 100_000;
  await Promise.all(Array.from({ length: count }, () => emitter.emit("same", 1)));
  await emitter.emit("other");
  const other = broadcastText(["other"]);
  await eventually(() => listener.messages.at(-1)?.payload === other, "the last");
  t.is(listener.messages.length, count + 1);
  const same = broadcastText(["same", 1]);
  const wrong = listener.messages.slice(0, -1).filter(({ payload }) => payload.trimEnd() !== same);
  t.deepEqual(wrong, []);
});

test.serial("a million messages in one burst", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  // A process of its own, whose memory is its own.
  const { stdout, ...ended } = await run(
    `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { errorHandler: () => {} });
    const before = process.memoryUsage.rss();
    const codes = {};
    // By number: 1 for those that were sent.
    const sent = new Uint8Array(1_000_000);
    let lastSent = -1;
    let disorder = 0;
    let settled = 0;
    for (let n = 0; n < sent.length; n++) {
      emitter.emit("e", n).then(
        () => {
          settled++;
          sent[n] = 1;
          if (n < lastSent) disorder++;
          lastSent = n;
        },
        ({ code }) => {
          settled++;
          codes[code] = (codes[code] ?? 0) + 1;
        },
      );
    }
    const burst = process.memoryUsage.rss();
    await emitter.flush();
    await emitter.emit("last");
    const refused = [];
    for (let n = 0; n < sent.length; n++) if (sent[n] === 0) refused.push(n);
    const mebibytes = (bytes) => Math.round((bytes - before) / 2 ** 20);
    const memory = { burst: mebibytes(burst), end: mebibytes(process.memoryUsage.rss()) };
    console.log(JSON.stringify({ codes, disorder, settled, refused, memory }));`,
    { env: { CONNECTION: database.connectionString } },
  );
  t.like(ended, { code: 0, killed: false, stderr: "" });
  const { codes, disorder, settled, refused, memory } = JSON.parse(stdout);
  t.log({ refused: refused.length, "more MiB than before": memory });
  t.is(settled, 1_000_000);
  t.is(disorder, 0);
  t.deepEqual(codes, refused.length > 0 ? { ERR_QUEUE_FULL: refused.length } : {});

  const last = broadcastText(["last"]);
  await eventually(() => listener.messages.at(-1)?.payload === last, "the last");
  const missing = new Set(refused);
  let expected = 0;
  let wrong;
  for (const { payload } of listener.messages.slice(0, -1)) {
    while (missing.has(expected)) expected++;
    if (payload !== broadcastText(["e", expected])) {
      wrong ??= { payload, expected };
    }
    expected++;
  }
  t.is(wrong, undefined);
  t.is(listener.messages.length - 1, 1_000_000 - refused.length);
});
