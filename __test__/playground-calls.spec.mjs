// The playground's calls are those of the emitter: none is missing, and none is of its own making.

import test from "ava";
import { CALLS, WITHIN } from "../examples/playground/page/calls.mjs";
import { Emitter } from "../index.js";
import { NOWHERE } from "./support/emitters.mjs";

/** What comes before a call; `of` is a field of each. */
const TARGETS = ["of", "to", "in", "except", "volatile", "compress", "timeout"];

/** Methods that the page has no use for. */
const ELSEWHERE = [
  // What comes before a call on the tab with a transaction; the two others are for such as well.
  ...["outbox", "using", "statement"],
  // The playground has an outbox and a relay from its beginning, and no row that cannot be published.
  ...["ensureOutbox", "ensureFunctions", "relay"],
  ...["outboxStatus", "retrySetAside", "dropSetAside"],
  // Shown all the time.
  "stats",
  // It would be the end of the playground.
  "close",
];

test("each method of the emitter that is a call has a control, and no other has", (t) => {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(Emitter.prototype))
    .filter(([name, { value }]) => name !== "constructor" && typeof value === "function")
    .map(([name]) => name);
  for (const name of ELSEWHERE) t.true(methods.includes(name), name);
  const calls = methods.filter((name) => ![...TARGETS, ...ELSEWHERE].includes(name));
  t.deepEqual(calls.sort(), Object.keys(CALLS).sort());
});

test("what the page lets come before a call has that call", async (t) => {
  const emitter = new Emitter(NOWHERE);
  t.teardown(() => emitter.close());
  const args = { to: ["a"], except: ["b"], compress: [true], timeout: [1_000] };
  for (const [name, { targets }] of Object.entries(CALLS)) {
    let target = emitter.of("/admin");
    for (const step of targets) {
      t.true(TARGETS.includes(step), `${name}: ${step}`);
      target = step === "volatile" ? target.volatile : target[step](...args[step]);
    }
    t.is(typeof target[name], "function", name);
  }
});

test("within a transaction are the calls that the outbox can hold, and no others", async (t) => {
  const rows = [];
  const io = Emitter.outbox(async (_text, values) => rows.push(values));
  const args = { emit: ["e"], socketsJoin: ["a"], socketsLeave: ["a"], serverSideEmit: ["e"] };
  for (const name of WITHIN) {
    t.true(name in CALLS, name);
    await io[name](...(args[name] ?? []));
  }
  t.is(rows.length, WITHIN.size);
  for (const name of ["emitWithAck", "serverSideEmitWithAck", "fetchSockets", "serverCount"]) {
    const event = name.endsWith("WithAck") ? ["e"] : [];
    await t.throwsAsync(io[name](...event), { code: "ERR_NOT_SUPPORTED" });
    t.false(WITHIN.has(name));
  }
});
