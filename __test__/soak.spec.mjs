// The soak runs, and tells a loss and a double.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { arrivalsOf, figuresOf, isBad } from "../benchmark/soak/figures.mjs";
import { Outcomes } from "../benchmark/soak/outcomes.mjs";

const SOAK = fileURLToPath(new URL("../benchmark/soak/index.mjs", import.meta.url));

test("a few seconds with everything that goes wrong: nothing is lost, nothing comes twice", async (t) => {
  t.timeout(120_000);
  const args = [SOAK, "--minutes", "0.1", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    timeout: 110_000,
  });
  t.log(stderr.trim());
  const { messages, answers, disturbances } = JSON.parse(stdout);
  t.log(messages, answers, disturbances);
  t.false(isBad(messages));
  t.true(messages.resolved > 100);
  for (const [kind, count] of Object.entries(disturbances)) t.true(count > 0, kind);
});

/** Four messages of an emitter: two resolved, one unknown, one refused. */
function loadOf(name) {
  const outcomes = new Outcomes();
  for (let n = 0; n < 4; n++) outcomes.add();
  outcomes.resolve(0);
  outcomes.resolve(1);
  outcomes.reject(2, "ERR_OUTCOME_UNKNOWN");
  outcomes.reject(3, "54000");
  return { name, outcomes, late: 0 };
}

const figures = (keys, name = "a") => figuresOf([loadOf(name)], arrivalsOf(keys));

test("the account of a soak tells what must not be", (t) => {
  t.false(isBad(figures(["a:0", "a:1"])));
  t.false(isBad(figures(["a:0", "a:1", "a:2"])));
  for (const [keys, expected] of [
    [["a:0"], { lost: 1 }],
    [["b:0", "a:1"], { lost: 1 }],
    [["a:0", "a:1", "a:0"], { twice: 1 }],
    [["a:0", "a:2", "a:1", "a:2"], { twice: 1 }],
    [["a:0", "a:1", "a:3"], { refusedYetArrived: 1 }],
    [["a:1", "a:0"], { outOfOrder: 1 }],
  ]) {
    const found = figures(keys);
    t.like(found, expected, keys.join());
    t.true(isBad(found), keys.join());
  }
  t.like(figures(["a:0", "a:1"]), { emitted: 4, resolved: 2, unknown: 1, unsettled: 0 });
});

test("with retryUnknown a message may come again, and none may be lost", (t) => {
  const found = figures(["again:0", "again:1", "again:0", "again:1"], "again");
  t.false(isBad(found));
  t.is(found.sentAgain, 2);
  t.true(isBad(figures(["again:0"], "again")));
});

test("a promise that is never settled is a finding", (t) => {
  const load = loadOf("a");
  load.outcomes.add();
  const found = figuresOf([load], arrivalsOf(["a:0", "a:1"]));
  t.is(found.unsettled, 1);
  t.true(isBad(found));
});
