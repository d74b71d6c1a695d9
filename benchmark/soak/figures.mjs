// What a soak came to.

import { accountOf, UNCERTAIN } from "../../tools/account.mjs";
import { EMITTERS } from "./load.mjs";

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** The numbers that arrived of each emitter, in their order; `keys` are of the audit. */
export function arrivalsOf(keys) {
  const arrivals = {};
  for (const key of keys) {
    const [name, n] = key.split(":");
    arrivals[name] ??= [];
    arrivals[name].push(Number(n));
  }
  return arrivals;
}

/** Holds the loads against the arrivals. */
export function figuresOf(loads, arrivals) {
  const accounts = loads.map(({ name, outcomes }) =>
    accountOf(outcomes, arrivals[name] ?? [], {
      repeats: EMITTERS[name].options?.retryUnknown ?? false,
    }),
  );
  const unsettled = loads.map(({ outcomes }) => outcomes.unsettled.length);
  const codes = {};
  for (const { tally } of accounts) {
    for (const [code, count] of Object.entries(tally)) codes[code] = (codes[code] ?? 0) + count;
  }
  const { sent, ...failed } = codes;
  const countOf = (what) => sum(accounts.map((account) => account[what].length));
  return {
    emitted: sum(loads.map(({ outcomes }) => outcomes.length)),
    // Of `accountOf`, which takes what was never settled for sent.
    resolved: sent - sum(unsettled),
    unknown: sum(UNCERTAIN.map((code) => failed[code] ?? 0)),
    failed,
    lost: countOf("lost"),
    twice: countOf("twice"),
    refusedYetArrived: countOf("refused"),
    outOfOrder: accounts.filter(({ disorder }) => disorder !== undefined).length,
    unsettled: sum(unsettled),
    late: sum(loads.map(({ late }) => late)),
    sentAgain: sum(accounts.map(({ again }) => again)),
  };
}

/** Whether it failed: a loss, a double, or what is no better. */
export const isBad = ({ lost, twice, refusedYetArrived, outOfOrder, unsettled }) =>
  lost + twice + refusedYetArrived + outOfOrder + unsettled > 0;
