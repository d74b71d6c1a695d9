// The picture in the README: bars, each with its figure.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { commitsId } from "../transactions/measurements.mjs";
import { NAMES } from "./names.mjs";
import { figure } from "./table.mjs";

const WIDTH = 760;
const MARGIN = 24;
const NAME_WIDTH = 210;
const FIGURE_WIDTH = 90;
const BAR_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - FIGURE_WIDTH;
const BAR_HEIGHT = 18;
const LINE = 26;
const TITLE = 40;

const EMITTER_PANELS = [
  {
    id: "burst-100",
    title: "Messages a second, in a burst of events of 100 bytes",
    peers: ["ours", "batcher", "postgres", "official"],
    value: ({ perSecond }) => perSecond.median,
  },
  {
    id: "burst-100",
    title: "Event loop, microseconds for each of them (less is better)",
    peers: ["ours", "batcher", "postgres", "official"],
    value: ({ loopUs }) => loopUs.median,
  },
  {
    id: "latency-paced",
    title: "One awaited emit now and then, microseconds (less is better)",
    peers: ["ours", "batcher", "pg", "official"],
    value: ({ p50 }) => p50.median,
  },
  {
    id: "attachment-objects-200k",
    title: "An event of 200 kB of objects, milliseconds (less is better)",
    peers: ["ours", "official"],
    value: ({ p50 }) => p50.median / 1_000,
  },
  {
    id: "attachment-binary-200k",
    title: "An event of 200 kB of bytes, milliseconds (less is better)",
    peers: ["ours", "official"],
    value: ({ p50 }) => p50.median / 1_000,
  },
];

const commitsPanel = (clients, addedMillis, title) => ({
  id: commitsId(clients, addedMillis),
  title: `Transactions a second, ${clients} clients, ${title}`,
  peers: ["none", "outbox", "using"],
  value: ({ perSecond }) => perSecond.median,
});

const TRANSACTION_PANELS = [
  commitsPanel(64, 0, "the disk's own flush"),
  commitsPanel(64, 1, "1 ms added to each flush"),
  commitsPanel(64, 4, "4 ms added to each flush"),
  commitsPanel(8, 1, "1 ms added to each flush"),
];

const CHARTS = [
  {
    path: "docs/images/benchmark.svg",
    title: "Emitters for PostgreSQL, side by side",
    panels: EMITTER_PANELS,
  },
  {
    path: "docs/images/transactions.svg",
    title: "Transactions without a message, with a row of the outbox, and with a NOTIFY",
    panels: TRANSACTION_PANELS,
  },
];

/** Those whose bars stand out. */
const OURS = new Set(["ours", "outbox"]);

// A card with a ground of its own, so that it can be read on any page, whatever the page believes.
const STYLE = `
  .ground { fill: #ffffff; stroke: #d1d9e0; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .quiet { fill: #59636e; }
  .ours { fill: #0969da; }
  .peer { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .ours { fill: #4493f8; }
    .peer { fill: #656c76; }
  }`;

const plain = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);

function bar(peer, value, largest, y) {
  const width = Math.max(2, (value / largest) * BAR_WIDTH).toFixed(1);
  const x = MARGIN + NAME_WIDTH;
  const kind = OURS.has(peer) ? "ours" : "peer";
  const base = y + BAR_HEIGHT - 4;
  return [
    `<text x="${MARGIN}" y="${base}">${plain(NAMES[peer])}</text>`,
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
    `<text x="${x + Number(width) + 8}" y="${base}">${figure(value)}</text>`,
  ];
}

function panel({ title, peers, value }, summary, top) {
  const shown = peers.filter((peer) => summary[peer]);
  const values = shown.map((peer) => value(summary[peer]));
  const largest = Math.max(...values);
  const lines = [`<text class="title" x="${MARGIN}" y="${top + 22}">${plain(title)}</text>`];
  shown.forEach((peer, i) => {
    lines.push(...bar(peer, values[i], largest, top + TITLE - 6 + i * LINE));
  });
  return { lines, height: TITLE + shown.length * LINE };
}

/** A chart as SVG, of those of its panels that were measured; nothing if none was. */
function chartOf({ title, panels }, { results, machine, date }) {
  const byId = new Map(results.map(({ id, summary }) => [id, summary]));
  const measured = panels.filter(({ id }) => byId.has(id));
  if (measured.length === 0) return undefined;
  const lines = [];
  let top = MARGIN / 2;
  for (const each of measured) {
    const drawn = panel(each, byId.get(each.id), top);
    lines.push(...drawn.lines);
    top += drawn.height;
  }
  const where = `Node ${machine.node.slice(1)}, PostgreSQL ${machine.postgres}, all on ${machine.cores} cores`;
  const foot = `npm run bench · ${where} · ${date.slice(0, 10)}`;
  lines.push(`<text class="quiet" x="${MARGIN}" y="${top + 24}">${plain(foot)}</text>`);
  const height = top + 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${plain(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${lines.join("\n")}
</svg>
`;
}

/** The charts of what was measured: `{ path, svg }`. */
export const chartsOf = (content) =>
  CHARTS.map((chart) => ({ path: chart.path, svg: chartOf(chart, content) })).filter(
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
