// What one reads at the end.

import { deliveryText } from "./delivery.mjs";
import { growthTexts } from "./growth.mjs";
import { NAMES } from "./names.mjs";
import { figure, median, roundsText, table, withSpread } from "./table.mjs";

const RATE = [
  ["messages/s", ({ perSecond }) => withSpread(perSecond)],
  ["arrived/s", ({ arrivedPerSecond }) => median(arrivedPerSecond)],
];
const COST = [
  ["loop µs", ({ loopUs }) => withSpread(loopUs)],
  ["thread CPU µs", ({ threadCpuUs }) => median(threadCpuUs)],
];
const TIMES = ["× ours", ({ timesOurs }) => median(timesOurs)];
const DELIVERY = ["delivered", ({ delivery }) => deliveryText(delivery)];
/** For what many connections send there is no order. */
const DELIVERED = ["delivered", ({ delivery }) => deliveryText(delivery, false)];

const COLUMNS = {
  burst: [...RATE, TIMES, ...COST, ["calls µs", ({ callsUs }) => median(callsUs)], DELIVERY],
  window: [...RATE, TIMES, ...COST, DELIVERY],
  latency: [
    ["p50 µs", ({ p50 }) => withSpread(p50)],
    ["p99 µs", ({ p99 }) => median(p99)],
    TIMES,
    ...COST,
    DELIVERY,
  ],
  attachment: [
    ["p50 µs", ({ p50 }) => withSpread(p50)],
    ["p90 µs", ({ p90 }) => median(p90)],
    TIMES,
    ...COST,
    DELIVERY,
  ],
  answers: [
    ["p50 µs", ({ p50 }) => withSpread(p50)],
    ["p99 µs", ({ p99 }) => median(p99)],
    TIMES,
    ...COST,
  ],
  commits: [
    ["commits/s", ({ perSecond }) => withSpread(perSecond)],
    ["client's cores", ({ clientCores }) => median(clientCores)],
    DELIVERED,
  ],
  delivery: [
    ["p50 µs", ({ p50 }) => withSpread(p50)],
    ["p90 µs", ({ p90 }) => median(p90)],
    ["p99 µs", ({ p99 }) => withSpread(p99)],
  ],
  backlog: [...RATE, ["session's CPU µs", ({ sessionUs }) => withSpread(sessionUs)], DELIVERY],
  beside: [
    ["p50 µs", ({ p50 }) => withSpread(p50)],
    ["p90 µs", ({ p90 }) => median(p90)],
    ["p99 µs", ({ p99 }) => median(p99)],
    DELIVERY,
  ],
  idle: [
    ["session's CPU, ms/s", ({ sessionMs }) => withSpread(sessionMs)],
    ["relay's process, ms/s", ({ relayMs }) => withSpread(relayMs)],
  ],
  soak: [
    ...RATE,
    ["first MB", ({ firstMb }) => median(firstMb)],
    ["last MB", ({ lastMb }) => median(lastMb)],
    ["max MB", ({ maxMb }) => median(maxMb)],
    ["grows kB/s", ({ slopeKbPerS }) => median(slopeKbPerS)],
    DELIVERY,
  ],
};

const measurementText = ({ title, job, rounds, peers, summary }) => {
  const columns = COLUMNS[job];
  const rows = peers.map((peer) => [
    NAMES[peer],
    ...columns.map(([, cell]) => cell(summary[peer])),
  ]);
  const heads = ["", ...columns.map(([head]) => head)];
  return `${title}: ${roundsText(rounds)}\n${table(heads, rows)}`;
};

const flushText = ({ machine, results }) =>
  results.some(({ group }) => group === "transactions")
    ? [`A flush of this disk takes ${figure(machine.flushMicros)} µs.`]
    : [];

const goalsText = ({ goals, delivery }) => {
  const rows = goals.map(({ goal, atLeast, aim, measured, verdict }) => [
    goal,
    figure(atLeast),
    figure(aim),
    withSpread(measured),
    verdict ?? "",
  ]);
  if (delivery.emitted > 0) {
    const delivered = ["delivered, in order, in every run", "all", "all"];
    rows.push([...delivered, deliveryText(delivery), delivery.whole ? "aim" : "NO"]);
  }
  const text = table(["Goals", "at least", "aim", "measured", "reached"], rows);
  if (goals.every(({ verdict }) => verdict)) return text;
  return `${text}\n\n--quick measures too little to judge the goals: leave it out for that.`;
};

/** All tables, the goals last. */
export const terminalText = (content) =>
  [
    ...content.results.filter(({ group }) => group !== "growth").map(measurementText),
    ...growthTexts(content),
    ...flushText(content),
    ...[content.missing].filter(Boolean),
    goalsText(content),
  ].join("\n\n");
