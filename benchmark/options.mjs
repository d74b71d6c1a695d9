// The flags, and what they are when not given.

import { parseArgs } from "node:util";

const HELP = `npm run bench -- [flags]

  --quick                 under a minute: fewer messages, three rounds
  --full                  more messages, more rounds, and the soak
  --only LIST             of burst, window, latency, attachment, answers, soak
  --peers LIST            of ours, official, batcher, pg, postgres, server, floor, adapter
  --sizes LIST            bytes of an event in a burst (100,1000,5000)
  --windows LIST          emits in flight (1000,10)
  --rounds N              each peer takes its turn in each round
  --count N               messages of 100 B in a burst or a window
  --slow-share X          the share of that for those that send each message by itself
  --latency-count N       awaited emits
  --attachment-count N    attachments
  --warm-up MS            before each run
  --soak SECONDS          our emitter at full speed, its memory watched
  --postgres VERSION      14, 16 or 18 (18)
  --json PATH             where the figures go (benchmark/results/latest.json)
  --chart                 draw docs/images/benchmark.svg
  --help`;

const MODES = {
  quick: {
    rounds: 3,
    count: 20_000,
    slowShare: 0.15,
    latencyCount: 400,
    attachmentCount: 15,
    warmUp: 100,
    soak: 0,
  },
  default: {
    rounds: 5,
    count: 100_000,
    slowShare: 0.2,
    latencyCount: 1_500,
    attachmentCount: 50,
    warmUp: 400,
    soak: 0,
  },
  full: {
    rounds: 7,
    count: 100_000,
    slowShare: 1,
    latencyCount: 3_000,
    attachmentCount: 100,
    warmUp: 600,
    soak: 60,
  },
};

const text = { type: "string" };
const flag = { type: "boolean" };
const FLAGS = {
  quick: flag,
  full: flag,
  only: text,
  peers: text,
  sizes: text,
  windows: text,
  rounds: text,
  count: text,
  "slow-share": text,
  "latency-count": text,
  "attachment-count": text,
  "warm-up": text,
  soak: text,
  postgres: text,
  json: text,
  chart: flag,
  help: flag,
};

const list = (value) => value?.split(",").filter(Boolean);

const positive = (name, value, usual) => {
  if (value === undefined) return usual;
  const number = Number(value);
  if (number > 0) return number;
  throw new Error(`--${name} wants a number above 0, not "${value}"`);
};

/** The options of a benchmark, or `{ help }`. */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: FLAGS });
  if (values.help) return { help: HELP };
  const mode = values.quick ? "quick" : values.full ? "full" : "default";
  const usual = MODES[mode];
  const only = list(values.only);
  const soakUsual = only?.includes("soak") ? usual.soak || 10 : usual.soak;
  return {
    mode,
    only,
    peers: list(values.peers),
    sizes: (list(values.sizes) ?? ["100", "1000", "5000"]).map(Number),
    windows: (list(values.windows) ?? ["1000", "10"]).map(Number),
    rounds: positive("rounds", values.rounds, usual.rounds),
    count: positive("count", values.count, usual.count),
    slowShare: positive("slow-share", values["slow-share"], usual.slowShare),
    latencyCount: positive("latency-count", values["latency-count"], usual.latencyCount),
    attachmentCount: positive(
      "attachment-count",
      values["attachment-count"],
      usual.attachmentCount,
    ),
    warmUpMs: positive("warm-up", values["warm-up"], usual.warmUp),
    soak: positive("soak", values.soak, soakUsual),
    postgres: positive("postgres", values.postgres, 18),
    json: values.json ?? "benchmark/results/latest.json",
    chart: values.chart ?? false,
  };
}
