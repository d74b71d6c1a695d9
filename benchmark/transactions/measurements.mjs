// What is measured of transactions with a message, and of the relay.

const EVENT_BYTES = 100;
const PACE_MS = 2;

/** The backlogs that are compared: the long one is that of the options. */
export const SHORT_BACKLOG = 10_000;
const DEAD = 10_000;

const group = "transactions";

export const commitsId = (clients, addedMillis) => `commits-${clients}-${addedMillis}`;

const flushName = (addedMillis) =>
  addedMillis === 0 ? "the disk's own flush" : `each flush + ${addedMillis} ms`;

const clientsName = (clients) => (clients === 1 ? "1 client" : `${clients} clients`);

function commits({ clients, flushes, seconds }) {
  return flushes.flatMap((addedMillis) =>
    clients.map((count) => ({
      id: commitsId(count, addedMillis),
      title: `commits of ${clientsName(count)}, ${flushName(addedMillis)}`,
      job: "commits",
      addedMillis,
      peers: ["none", "using", "outbox"],
      jobOptions: { size: EVENT_BYTES, clients: count, seconds },
    })),
  );
}

function deliveries({ flushes, latencyCount }) {
  return flushes.map((addedMillis) => ({
    id: `delivery-${addedMillis}`,
    title: `from commit to delivery, ${flushName(addedMillis)}`,
    job: "delivery",
    addedMillis,
    peers: ["using", "outbox", "woken"],
    jobOptions: { count: Math.ceil(latencyCount / 16) },
  }));
}

function backlogs({ backlog }) {
  const of = (id, count, dead, peers) => ({
    id,
    title: `backlog of ${count} messages of ${EVENT_BYTES} B, after ${dead} others`,
    job: "backlog",
    peers,
    jobOptions: { size: EVENT_BYTES, count, dead },
  });
  const short = Math.min(SHORT_BACKLOG, backlog);
  const dead = Math.ceil(backlog * 0.3);
  return [
    of("backlog-long", backlog, Math.min(DEAD, dead), ["relay", "server"]),
    of("backlog-short", short, Math.min(DEAD, dead), ["relay", "server"]),
    of("backlog-dead", Math.ceil(backlog / 10), dead, ["relay", "held"]),
  ];
}

function besides({ backlog, latencyCount }) {
  return [
    {
      id: "beside",
      title: `one awaited emit every ${PACE_MS} ms, a backlog beside`,
      job: "beside",
      peers: ["alone", "beside"],
      jobOptions: { size: EVENT_BYTES, count: latencyCount, backlog, pauseMs: PACE_MS },
    },
  ];
}

function idles({ seconds }) {
  return [
    {
      id: "idle",
      title: "an idle relay",
      job: "idle",
      peers: ["relay"],
      jobOptions: { seconds: seconds * 2 },
    },
  ];
}

export const transactions = (options) =>
  [commits, deliveries, backlogs, besides, idles]
    .flatMap((make) => make(options))
    .map((measurement) => ({ group, rounds: options.transactionRounds, ...measurement }));
