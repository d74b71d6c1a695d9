// The pictures in the documents.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { barsOf, EMITTER_PANELS, TRANSACTION_PANELS } from "./charts/bars.mjs";
import { growthLines } from "./charts/growth.mjs";

const CHARTS = [
  {
    path: "docs/images/benchmark.svg",
    title: "Emitters for PostgreSQL, side by side",
    draw: barsOf,
    panels: EMITTER_PANELS,
  },
  {
    path: "docs/images/transactions.svg",
    title: "Transactions without a message, with a row of the outbox, and with a NOTIFY",
    draw: barsOf,
    panels: TRANSACTION_PANELS,
  },
  {
    path: "docs/images/growth.svg",
    title: "How cost grows: by servers, payload, rooms and namespaces",
    draw: growthLines,
  },
];

/** The charts of what was measured: `{ path, svg }`. */
export const chartsOf = (content) =>
  CHARTS.map(({ path, draw, ...chart }) => ({ path, svg: draw(chart, content) })).filter(
    ({ svg }) => svg,
  );

/** Draws the charts of what was measured; resolves to their paths. */
export async function writeCharts(content) {
  const charts = chartsOf(content);
  for (const { path, svg } of charts) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, svg);
  }
  return charts.map(({ path }) => path);
}
