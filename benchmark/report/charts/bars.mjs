// Charts of bars, each with its figure.

import { commitsId } from "../../transactions/measurements.mjs";
import { NAMES } from "../names.mjs";
import { figure } from "../table.mjs";
import { card, kindOf, MARGIN, plain, WIDTH } from "./card.mjs";

const NAME_WIDTH = 210;
const FIGURE_WIDTH = 90;
const BAR_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - FIGURE_WIDTH;
const BAR_HEIGHT = 18;
const LINE = 26;
const TITLE = 40;

export const EMITTER_PANELS = [
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

export const TRANSACTION_PANELS = [
  commitsPanel(64, 0, "the disk's own flush"),
  commitsPanel(64, 1, "1 ms added to each flush"),
  commitsPanel(64, 4, "4 ms added to each flush"),
  commitsPanel(8, 1, "1 ms added to each flush"),
];

function bar(peer, value, largest, y) {
  const width = Math.max(2, (value / largest) * BAR_WIDTH).toFixed(1);
  const x = MARGIN + NAME_WIDTH;
  const base = y + BAR_HEIGHT - 4;
  return [
    `<text x="${MARGIN}" y="${base}">${plain(NAMES[peer])}</text>`,
    `<rect class="${kindOf(peer)}" x="${x}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
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
export function barsOf({ title, panels }, content) {
  const byId = new Map(content.results.map(({ id, summary }) => [id, summary]));
  const measured = panels.filter(({ id }) => byId.has(id));
  if (measured.length === 0) return undefined;
  const lines = [];
  let top = MARGIN / 2;
  for (const each of measured) {
    const drawn = panel(each, byId.get(each.id), top);
    lines.push(...drawn.lines);
    top += drawn.height;
  }
  return card(title, lines, top, content);
}
