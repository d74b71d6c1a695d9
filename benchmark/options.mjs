// The flags, and what they are when not given.

import { parseArgs } from "node:util";

const HELP = `npm run bench -- [flags]

  --quick                 under a minute: few messages, at most three rounds, as long as there is
                          time for one more; no transactions
  --full                  more messages, more rounds, the growth and the soak
  --only LIST             of burst, window, latency, attachment, answers, soak, transactions, growth;
                          and of the parts of transactions: commits, delivery, backlog, beside, idle
  --peers LIST            of ours, official, batcher, pg, postgres, server, floor, adapter, count; in
                          transactions: none, using, outbox, woken, relay, server, held, alone, beside
  --sizes LIST            bytes of an event in a burst (100,1000,5000)
  --windows LIST          emits in flight (1000,10)
  --rounds N              each peer takes its turn in each round
  --count N               messages of 100 B in a burst or a window
  --slow-share X          the share of that for those that send each message by itself
  --latency-count N       awaited emits
  --attachment-count N    attachments
  --warm-up MS            before each run
  --soak SECONDS          our emitter at full speed, its memory watched
  --clients LIST          how many commit transactions (1,8,64)
  --flushes LIST          milliseconds added to each flush of the server's log (0,1,4)
  --seconds S             how long they do, in each run; and, at most, how long a run of growth sends
  --backlog N             messages that wait in the outbox
  --servers LIST          growth: how many servers listen (1,10,50,100)
  --payloads LIST         growth: bytes of an event (100,1000,10000,100000,1000000)
  --rooms LIST            growth: rooms of a message (0,1,10,100,1000)
  --namespaces LIST       growth: namespaces that messages are spread over (1,10,100,1000)
  --postgres VERSION      14, 16 or 18 (18)
  --json PATH             where the figures go (benchmark/results/latest.json)
  --chart                 draw what was measured into docs/images: benchmark.svg, transactions.svg,
                          growth.svg
  --help`;

const MODES = {
  quick: {
    rounds: 3,
    withinMs: 35_000,
    count: 6_000,
    slowShare: 0.1,
    latencyCount: 100,
    attachmentCount: 6,
    warmUp: 30,
    soak: 0,
    transactionRounds: 2,
    growthRounds: 1,
    seconds: 0.7,
    growthSeconds: 0.2,
    backlog: 100_000,
  },
  default: {
    rounds: 5,
    count: 100_000,
    slowShare: 0.2,
    latencyCount: 1_500,
    attachmentCount: 50,
    warmUp: 400,
    soak: 0,
    transactionRounds: 3,
    growthRounds: 3,
    seconds: 1.5,
    growthSeconds: 1,
    backlog: 1_000_000,
  },
  full: {
    rounds: 7,
    count: 100_000,
    slowShare: 1,
    latencyCount: 3_000,
    attachmentCount: 100,
    warmUp: 600,
    soak: 60,
    transactionRounds: 5,
    growthRounds: 5,
    seconds: 3,
    growthSeconds: 2,
    backlog: 1_000_000,
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
  clients: text,
  flushes: text,
  seconds: text,
  backlog: text,
  servers: text,
  payloads: text,
  rooms: text,
  namespaces: text,
  postgres: text,
  json: text,
  chart: flag,
  help: flag,
};

const list = (value) => value?.split(",").filter(Boolean);

const numbers = (name, value, usual, least = 1) =>
  (list(value) ?? usual.split(",")).map((each) => {
    const number = Number(each);
    if (number >= least) return number;
    throw new Error(`--${name} wants numbers from ${least} on, not "${each}"`);
  });

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
    sizes: numbers("sizes", values.sizes, "100,1000,5000"),
    windows: numbers("windows", values.windows, "1000,10"),
    rounds: positive("rounds", values.rounds, usual.rounds),
    // Rounds that are asked for are all run.
    withinMs: values.rounds === undefined ? usual.withinMs : undefined,
    growthRounds: positive("rounds", values.rounds, usual.growthRounds),
    transactionRounds: positive("rounds", values.rounds, usual.transactionRounds),
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
    clients: numbers("clients", values.clients, "1,8,64"),
    flushes: numbers("flushes", values.flushes, "0,1,4", 0),
    seconds: positive("seconds", values.seconds, usual.seconds),
    growth: {
      servers: numbers("servers", values.servers, "1,10,50,100"),
      size: numbers("payloads", values.payloads, "100,1000,10000,100000,1000000"),
      rooms: numbers("rooms", values.rooms, "0,1,10,100,1000", 0),
      namespaces: numbers("namespaces", values.namespaces, "1,10,100,1000"),
    },
    growthSeconds: positive("seconds", values.seconds, usual.growthSeconds),
    backlog: positive("backlog", values.backlog, usual.backlog),
    postgres: positive("postgres", values.postgres, 18),
    json: values.json ?? "benchmark/results/latest.json",
    chart: values.chart ?? false,
  };
}
