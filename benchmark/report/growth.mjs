// How cost grows, as tables: one for each setting.

import { growthId, pointsOf, SETTINGS } from "../growth/settings.mjs";
import { deliveryText } from "./delivery.mjs";
import { ratio } from "./summary.mjs";
import { median, roundsText, table, withSpread } from "./table.mjs";

const COLUMNS = [
  ["messages/s", ({ summary: { ours } }) => withSpread(ours?.arrivedPerSecond)],
  ["official", ({ summary: { official } }) => withSpread(official?.arrivedPerSecond)],
  ["× official", (found) => withSpread(ratio(found, "arrivedPerSecond", "ours", "official"))],
  ["server's CPU µs", ({ summary: { ours } }) => median(ours?.serverCpuUs)],
  ["official", ({ summary: { official } }) => median(official?.serverCpuUs)],
  ["official ÷ ours", (found) => median(ratio(found, "serverCpuUs", "official", "ours"))],
  ["delivered", ({ summary: { ours } }) => deliveryText(ours?.delivery)],
  ["official", ({ summary: { official } }) => deliveryText(official?.delivery, false)],
];

function settingText({ by, title }, { options, byId }) {
  const measured = pointsOf(options.growth, by)
    .map((point) => ({ value: point[by], found: byId.get(growthId(point)) }))
    .filter(({ found }) => found);
  if (measured.length === 0) return undefined;
  const rows = measured.map(({ value, found }) => [
    value.toLocaleString("en"),
    ...COLUMNS.map(([, cell]) => cell(found)),
  ]);
  const heads = [title, ...COLUMNS.map(([head]) => head)];
  const { rounds } = measured[0].found;
  return `growth, by ${title}: ${roundsText(rounds)}\n${table(heads, rows)}`;
}

/** The tables of the settings that were measured. */
export function growthTexts({ results, options }) {
  const measured = results.filter(({ group }) => group === "growth");
  const byId = new Map(measured.map((result) => [result.id, result]));
  return SETTINGS.map((setting) => settingText(setting, { options, byId })).filter(Boolean);
}
