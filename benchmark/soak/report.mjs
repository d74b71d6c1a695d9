// The figures of a soak, as text.

import { isBad } from "./figures.mjs";

const whole = (number) => Math.round(number).toLocaleString("en");
const list = (counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${whole(count)}`)
    .join(", ") || "none";

/** What is going on, in one line. */
export function progressText(minutes, loads, counts) {
  const emitted = loads.reduce((total, { outcomes }) => total + outcomes.length, 0);
  const rss = process.memoryUsage.rss() / 2 ** 20;
  return `${minutes.toFixed(1)} min: ${whole(emitted)} emitted; ${list(counts)}; ${whole(rss)} MB`;
}

export function reportText({ options, messages, answers, disturbances, memory }) {
  const { first, max, last, growthPerMinute } = memory;
  const lines = [
    ["emitted", whole(messages.emitted)],
    ["resolved", whole(messages.resolved)],
    ["unknown", whole(messages.unknown)],
    ["failed", list(messages.failed)],
    ["lost", whole(messages.lost)],
    ["twice", `${whole(messages.twice)}; with retryUnknown, ${whole(messages.sentAgain)} again`],
    ["late", `${whole(messages.late)}; never settled ${whole(messages.unsettled)}`],
    ["refused", `${whole(messages.refusedYetArrived)} that arrived all the same`],
    ["disorder", messages.outOfOrder > 0 ? `of ${messages.outOfOrder} emitters` : "none"],
    ["answers", list(answers)],
    ["meanwhile", list(disturbances)],
    [
      "memory",
      `${whole(first)} MB at first, ${whole(max)} at most, ${whole(last)} at last; ` +
        `of late ${growthPerMinute.toFixed(1)} MB more each minute`,
    ],
  ];
  const rows = lines.map(([name, text]) => `  ${name.padEnd(10)}${text}`);
  const verdict = isBad(messages) ? "FAILED" : "passed";
  return [`${options.minutes} min with seed ${options.seed}: ${verdict}`, ...rows].join("\n");
}
