// The goals of transactions with a message, and of the relay.

import { ratio } from "../report/summary.mjs";
import { spread } from "../statistics.mjs";
import { commitsId } from "./measurements.mjs";

const CLIENTS = 64;
const ADDED_MILLIS = 1;

/** The rates of the relay in two measurements, as shares of what the server does in the same round. */
function shareOfShare(over, under) {
  const [a, b] = [over, under].map(
    (found) =>
      found?.runs.server &&
      found.runs.relay?.map(
        ({ perSecond }, round) => perSecond / found.runs.server[round].perSecond,
      ),
  );
  return a && b ? spread(a.map((share, round) => share / b[round])) : undefined;
}

const inMillis = (micros) =>
  micros && spread([micros.min, micros.median, micros.max].map((value) => value / 1_000));

/** As the rows of `report/goals.mjs`; `found` gives a measurement by its id. */
export function transactionGoals(found) {
  const commits = found(commitsId(CLIENTS, ADDED_MILLIS));
  const polled = found("delivery-0")?.summary.outbox?.p50;
  return [
    [
      "64 clients, +1 ms: outbox ÷ no emit",
      0.75,
      0.9,
      ratio(commits, "perSecond", "outbox", "none"),
    ],
    ["64 clients, +1 ms: outbox, × using", 12, 16, ratio(commits, "perSecond", "outbox", "using")],
    ["from commit to delivery, p50, ms", 30, 20, inMillis(polled)],
    [
      "backlog, share of the server's limit",
      0.35,
      0.5,
      ratio(found("backlog-long"), "perSecond", "relay", "server"),
    ],
    [
      "  a long one's rate ÷ a short one's",
      1 / 1.5,
      0.9,
      shareOfShare(found("backlog-long"), found("backlog-short")),
    ],
    [
      "  with a snapshot held ÷ without",
      1 / 1.5,
      0.9,
      ratio(found("backlog-dead"), "perSecond", "held", "relay"),
    ],
    [
      "emit beside a backlog, p50 ÷ alone",
      2,
      1.5,
      ratio(found("beside"), "p50", "beside", "alone"),
    ],
  ];
}
