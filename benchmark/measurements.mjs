// What is measured, of whom, and with how many messages.

import { CLIENTS_EACH, SERVERS } from "./answers.mjs";
import { growth } from "./growth/measurements.mjs";
import { sizeName } from "./report/names.mjs";
import { transactions } from "./transactions/measurements.mjs";

const EVENT_BYTES = 100;
const PACE_MS = 2;
const KB = 1_000;

/** Those that send each message by itself take long enough with fewer. */
const ONE_BY_ONE = new Set(["official", "postgres", "pg"]);

const ATTACHMENTS = [
  { kind: "objects", size: 20 * KB },
  { kind: "string", size: 20 * KB },
  { kind: "objects", size: 200 * KB },
  { kind: "string", size: 200 * KB },
  { kind: "binary", size: 200 * KB },
];

const EVERYONE = ["ours", "batcher", "postgres", "official", "server", "floor"];

function bursts({ sizes, count }) {
  return sizes.map((size) => ({
    id: `burst-${size}`,
    title: `burst of ${sizeName(size)}`,
    job: "burst",
    peers: size === EVENT_BYTES ? EVERYONE : ["ours", "batcher", "official", "server"],
    // As many bytes, so that a large size takes about as long as a small one.
    jobOptions: { size, count: Math.ceil(count / (1 + (size - EVENT_BYTES) / (10 * EVENT_BYTES))) },
  }));
}

function windows({ windows: sizes, count }) {
  return sizes.map((inFlight) => ({
    id: `window-${inFlight}`,
    title: `${inFlight} in flight, ${EVENT_BYTES} B`,
    job: "window",
    peers: ["ours", "batcher", "postgres", "official", ...(inFlight >= 1_000 ? ["server"] : [])],
    jobOptions: {
      size: EVENT_BYTES,
      inFlight,
      count: Math.ceil(inFlight >= 100 ? count : count / 4),
    },
  }));
}

function latencies({ latencyCount }) {
  const peers = ["ours", "pg", "postgres", "batcher", "official"];
  const job = "latency";
  return [
    {
      id: "latency-tight",
      title: "one awaited emit, tight loop",
      job,
      peers,
      jobOptions: { size: EVENT_BYTES, count: latencyCount * 2 },
    },
    {
      id: "latency-paced",
      title: `one awaited emit every ${PACE_MS} ms`,
      job,
      peers,
      jobOptions: { size: EVENT_BYTES, count: Math.ceil(latencyCount / 4), pauseMs: PACE_MS },
    },
  ];
}

function attachments({ attachmentCount }) {
  return ATTACHMENTS.map(({ kind, size }) => ({
    id: `attachment-${kind}-${size / KB}k`,
    title: `attachment of ${sizeName(size)}, ${kind}`,
    job: "attachment",
    peers: ["ours", "official"],
    jobOptions: { kind, size, count: attachmentCount },
  }));
}

function answers({ latencyCount }) {
  return ["fetchSockets", "emitWithAck"].map((call) => ({
    id: `answers-${call}`,
    title: `${call}, ${SERVERS} servers with ${CLIENTS_EACH} clients each`,
    job: "answers",
    peers: ["ours", "adapter", "count"],
    jobOptions: { call, answers: SERVERS * CLIENTS_EACH, count: Math.ceil(latencyCount / 4) },
  }));
}

function soaks({ soak }) {
  if (!soak) return [];
  return [
    {
      id: "soak",
      title: `${soak} s at full speed, 1000 in flight, ${EVENT_BYTES} B`,
      job: "soak",
      peers: ["ours"],
      rounds: 1,
      jobOptions: { size: EVENT_BYTES, inFlight: 1_000, seconds: soak },
    },
  ];
}

/** The groups that take long, and are measured in these modes only when they are asked for. */
const LEFT_OUT = {
  quick: new Set(["transactions", "growth"]),
  default: new Set(["growth"]),
  full: new Set(),
};

const MAKERS = [bursts, windows, latencies, attachments, answers, transactions, growth, soaks];

/** What these options ask for. */
export function measurementsFor(options) {
  const { only, mode } = options;
  const isAsked = ({ job, group = job }) =>
    only ? only.includes(job) || only.includes(group) : !LEFT_OUT[mode].has(group);
  return MAKERS.flatMap((make) => make(options))
    .filter(isAsked)
    .map((measurement) => ({
      rounds: options.rounds,
      ...measurement,
      peers: measurement.peers.filter((peer) => options.peers?.includes(peer) ?? true),
    }))
    .filter(({ peers }) => peers.length > 0);
}

/** What `peer` has to do in `measurement`. */
export function jobOptionsFor({ job, jobOptions }, peer, { slowShare, warmUpMs }) {
  const share = ONE_BY_ONE.has(peer) && (job === "burst" || job === "window") ? slowShare : 1;
  const { count } = jobOptions;
  return { ...jobOptions, warmUpMs, ...(count && { count: Math.ceil(count * share) }) };
}
