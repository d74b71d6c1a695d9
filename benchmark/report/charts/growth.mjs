// How cost grows, as lines: a column for each setting, a row for each figure, all axes logarithmic.

import { growthId, pointsOf, SETTINGS } from "../../growth/settings.mjs";
import { NAMES } from "../names.mjs";
import { card, kindOf, MARGIN, plain, WIDTH } from "./card.mjs";

const PEERS = ["ours", "official"];

const ROWS = [
  {
    title: "Messages a second, as they arrive",
    value: ({ arrivedPerSecond }) => arrivedPerSecond.median,
  },
  {
    title: "CPU of PostgreSQL, microseconds for each message (less is better)",
    value: ({ serverCpuUs }) => serverCpuUs.median,
  },
];

const LABEL_WIDTH = 56;
const GAP = 32;
const COLUMN = (WIDTH - 2 * MARGIN - LABEL_WIDTH + GAP) / SETTINGS.length;
const PLOT_WIDTH = COLUMN - GAP;
const PLOT_HEIGHT = 120;
const LEGEND = 40;
const HEAD = 46;
const TICKS = 30;

const decimals = (value) => value.toFixed(1);
const whole = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const compact = new Intl.NumberFormat("en", { notation: "compact" });

const text = (x, y, words, { kind = "small", anchor = "middle" } = {}) =>
  `<text class="${kind}" x="${decimals(x)}" y="${decimals(y)}" text-anchor="${anchor}">${plain(words)}</text>`;

/** A scale from the logarithms between `least` and `most` to the pixels between `from` and `to`. */
const scale = (least, most, from, to) => (log) =>
  most === least ? (from + to) / 2 : from + ((log - least) / (most - least)) * (to - from);

/** Where values are on a logarithmic axis; none is one step before the first. */
function logsOf(values) {
  const first = Math.log10(Math.min(...values.filter((value) => value > 0)));
  return values.map((value) => (value > 0 ? Math.log10(value) : first - 1));
}

/** What was measured by one setting: a point for each value and peer that has the figure. */
function seriesOf({ by }, value, { options, byId }) {
  const points = pointsOf(options.growth, by);
  return PEERS.map((peer) => ({
    peer,
    points: points
      .map((point) => {
        const summary = byId.get(growthId(point))?.[peer];
        return { at: point[by], y: summary && value(summary) };
      })
      .filter(({ y }) => y > 0),
  }));
}

function line({ peer, points }, xOf, yOf) {
  const kind = kindOf(peer);
  const places = points.map(({ at, y }) => [xOf(at), yOf(y)].map(decimals));
  return [
    `<polyline class="line ${kind}" points="${places.map((place) => place.join()).join(" ")}"/>`,
    ...places.map(([x, y]) => `<circle class="${kind}" cx="${x}" cy="${y}" r="3"/>`),
  ];
}

/** The plot of one setting; its ticks are the values that were measured. */
function plot({ title }, series, left, top, yOf) {
  const values = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))];
  if (values.length === 0) return [];
  const logs = logsOf(values);
  const toX = scale(Math.min(...logs), Math.max(...logs), left, left + PLOT_WIDTH);
  const xs = new Map(values.map((value, i) => [value, toX(logs[i])]));
  return [
    text(left + PLOT_WIDTH / 2, top - 8, title, { kind: "small quiet" }),
    ...values.map((value) => text(xs.get(value), top + PLOT_HEIGHT + 16, compact.format(value))),
    ...series.flatMap((each) => line(each, (at) => xs.get(at), yOf)),
  ];
}

/** The plots of one figure, which share an axis: lines across all of them at each power of ten. */
function row({ title, value }, content, top) {
  const columns = SETTINGS.map((setting) => seriesOf(setting, value, content));
  const logs = columns.flat().flatMap(({ points }) => points.map(({ y }) => Math.log10(y)));
  if (logs.length === 0) return { lines: [], height: 0 };
  const least = Math.floor(Math.min(...logs));
  const most = Math.max(least + 1, Math.ceil(Math.max(...logs)));
  const plotTop = top + HEAD;
  const toY = scale(least, most, plotTop + PLOT_HEIGHT, plotTop);
  const left = MARGIN + LABEL_WIDTH;
  const grid = Array.from({ length: most - least + 1 }, (_, i) => least + i).flatMap((log) => {
    const y = toY(log);
    return [
      `<line class="grid" x1="${left}" x2="${WIDTH - MARGIN}" y1="${decimals(y)}" y2="${decimals(y)}"/>`,
      text(left - 8, y + 4, whole.format(10 ** log), { kind: "small quiet", anchor: "end" }),
    ];
  });
  return {
    lines: [
      text(MARGIN, top + 16, title, { kind: "title", anchor: "start" }),
      ...grid,
      ...SETTINGS.flatMap((setting, i) =>
        plot(setting, columns[i], left + i * COLUMN, plotTop, (y) => toY(Math.log10(y))),
      ),
    ],
    height: HEAD + PLOT_HEIGHT + TICKS,
  };
}

const legend = () =>
  PEERS.flatMap((peer, i) => {
    const [x, y] = [MARGIN + i * 150, MARGIN];
    return [
      `<polyline class="line ${kindOf(peer)}" points="${x},${y} ${x + 24},${y}"/>`,
      text(x + 32, y + 4, NAMES[peer], { kind: "quiet", anchor: "start" }),
    ];
  });

/** The chart as SVG; nothing if none of it was measured. */
export function growthLines({ title }, { results, options, ...content }) {
  const measured = results.filter(({ group }) => group === "growth");
  if (measured.length === 0) return undefined;
  const byId = new Map(measured.map(({ id, summary }) => [id, summary]));
  const lines = legend();
  let top = LEGEND;
  for (const each of ROWS) {
    const drawn = row(each, { options, byId }, top);
    lines.push(...drawn.lines);
    top += drawn.height;
  }
  return card(title, lines, top, content);
}
