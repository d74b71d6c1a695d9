// The benchmark runs: every job, every peer, with few messages. What is measured so says nothing.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { FIRST_RUN, FIRST_SEQ, ROOM } from "../benchmark/events.mjs";
import { channelOf, envelope } from "../benchmark/peers/envelope.mjs";
import { chartsOf } from "../benchmark/report/chart.mjs";
import { startListener } from "../benchmark/run.mjs";
import { startPostgres } from "../tools/postgres.mjs";

const BENCHMARK = fileURLToPath(new URL("../benchmark/index.mjs", import.meta.url));

const FEW = {
  rounds: 1,
  "warm-up": 1,
  count: 50,
  "latency-count": 4,
  "attachment-count": 1,
  sizes: 100,
  windows: 10,
};

const FEW_TRANSACTIONS = {
  only: "transactions",
  rounds: 1,
  "warm-up": 1,
  clients: 2,
  flushes: 1,
  seconds: 0.1,
  "latency-count": 16,
  backlog: 1_000,
};

const FEW_OF_GROWTH = {
  only: "growth",
  "warm-up": 1,
  count: 40,
  servers: "1,3",
  payloads: "100,10000",
  rooms: "0,1,2",
  namespaces: "1,3",
};

const circles = (svg) => [...svg.matchAll(/<circle .*? cy="([\d.]+)"/g)].map(([, y]) => Number(y));

/** Runs the benchmark; gives what it prints and its figures. */
async function benchmark(t, options) {
  const folder = await mkdtemp(join(tmpdir(), "benchmark-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const json = join(folder, "figures.json");
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const args = [BENCHMARK, "--quick", ...flags, "--json", json];
  // Asked to end, it ends its own processes, too.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  return { stdout, content: JSON.parse(await readFile(json, "utf8")) };
}

test.serial(
  "the benchmark measures every peer, and all that we emit is delivered in order",
  async (t) => {
    const { stdout, content } = await benchmark(t, FEW);
    t.true(stdout.includes("delivered, in order, in every run"));
    t.deepEqual(
      content.results.map(({ id }) => id),
      [
        "burst-100",
        "window-10",
        "latency-tight",
        "latency-paced",
        "attachment-objects-20k",
        "attachment-string-20k",
        "attachment-objects-200k",
        "attachment-string-200k",
        "attachment-binary-200k",
        "answers-fetchSockets",
        "answers-emitWithAck",
      ],
    );
    for (const { id, job, peers, summary } of content.results) {
      const rival = job === "answers" ? "adapter" : "official";
      t.true(peers.includes("ours") && peers.includes(rival), id);
      const main = ["latency", "attachment", "answers"].includes(job) ? "p50" : "perSecond";
      for (const peer of peers) t.true(summary[peer][main].median > 0, `${id}, ${peer}`);
    }
    const { emitted, whole } = content.delivery;
    // 50 and 13 messages, 8 and 1 awaited, 5 attachments.
    t.deepEqual({ emitted, whole }, { emitted: 77, whole: true });
    t.true(content.goals.length > 10);
    // So few messages judge nothing but what arrived.
    t.true(content.goals.every(({ verdict }) => verdict === undefined));
    t.true(stdout.includes("--quick measures too little to judge the goals"));
    t.false(/ NO *$/m.test(stdout), stdout);
    const charts = chartsOf(content);
    t.deepEqual(
      charts.map(({ path }) => path),
      ["docs/images/benchmark.svg"],
    );
    t.true(charts[0].svg.startsWith("<svg"));
  },
);

test.serial(
  "the benchmark measures transactions, and all that they emit is delivered",
  async (t) => {
    const { content } = await benchmark(t, FEW_TRANSACTIONS);
    // Flushes cannot be lengthened everywhere; then that is said.
    const atFlush = content.missing === undefined ? ["commits-2-1", "delivery-1"] : [];
    const ids = content.results.map(({ id }) => id);
    t.deepEqual(ids, [
      ...atFlush,
      "backlog-long",
      "backlog-short",
      "backlog-dead",
      "beside",
      "idle",
    ]);
    const summaryOf = (id) => content.results.find((result) => result.id === id).summary;
    for (const id of atFlush) {
      const { using, outbox } = summaryOf(id);
      const isRate = id.startsWith("commits");
      const main = isRate ? "perSecond" : "p50";
      t.true(outbox[main].median > 0, id);
      // Of `using`, a notification can come as soon as the commit is known.
      t.true(isRate ? using[main].median > 0 : using[main].median >= 0, id);
    }
    if (atFlush.length > 0) {
      const { using, outbox } = summaryOf("commits-2-1");
      for (const { delivery } of [using, outbox]) {
        const { emitted, delivered, duplicates, strays } = delivery;
        t.true(emitted > 0);
        t.deepEqual(
          { delivered, duplicates, strays },
          { delivered: emitted, duplicates: 0, strays: 0 },
        );
      }
    }
    t.true(content.delivery.whole);
    // A backlog of 1000 twice, one of 100 twice, and the emits beside, as many as found the time.
    t.true(content.delivery.emitted > 2_200);
  },
);

test.serial(
  "the benchmark measures how cost grows, and each server is sent each message",
  async (t) => {
    const { stdout, content } = await benchmark(t, FEW_OF_GROWTH);
    const { results } = content;
    const ids = ["1-100-1-1", "3-100-1-1", "1-10000-1-1", "1-100-0-1", "1-100-2-1", "1-100-1-3"];
    t.deepEqual(
      results.map(({ id }) => id),
      ids.map((id) => `growth-${id}`),
    );
    for (const { id, listening, summary, runs } of results) {
      for (const peer of ["ours", "official"]) {
        const { arrivedPerSecond, serverCpuUs, delivery } = summary[peer];
        t.true(arrivedPerSecond.median > 0, `${id}, ${peer}`);
        if (process.platform === "linux") t.true(serverCpuUs.median > 0, `${id}, ${peer}`);
        const emitted = runs[peer][0].count * listening.servers;
        t.true(emitted > 0);
        const { outOfOrder, ...counts } = delivery;
        t.deepEqual(counts, { emitted, delivered: emitted, duplicates: 0, strays: 0 });
        if (peer === "ours") t.is(outOfOrder, 0, id);
      }
    }
    for (const title of ["listening servers", "bytes of an event", "namespaces"]) {
      t.true(stdout.includes(`growth, by ${title}: one round`));
    }
    const charts = chartsOf(content);
    t.deepEqual(
      charts.map(({ path }) => path),
      ["docs/images/growth.svg"],
    );
    // Both peers at 2 counts of servers, 2 sizes, 3 counts of rooms and 2 of namespaces, in each row.
    const rows = process.platform === "linux" ? 2 : 1;
    t.is(circles(charts[0].svg).length, rows * 2 * 9);
  },
);

test("the lines of growth go through the figures", (t) => {
  const result = (servers, ours, official) => {
    const of = (rate) => ({
      arrivedPerSecond: { median: rate },
      serverCpuUs: { median: Number.NaN },
    });
    const summary = { ours: of(ours), official: of(official) };
    return { id: `growth-${servers}-100-1-1`, group: "growth", summary };
  };
  const content = {
    date: "2026-01-01T00:00:00Z",
    machine: { node: "v20.0.0", postgres: "18.4", cores: 2 },
    options: { growth: { servers: [1, 10], size: [], rooms: [], namespaces: [] } },
    results: [result(1, 10_000, 1_000), result(10, 1_000, 100)],
  };
  const [{ svg }] = chartsOf(content);
  // A figure of a power of ten lies on that line of the grid; its label is written 4 pixels lower.
  const gridAt = (label) =>
    Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}</text>`).exec(svg)[1]) - 4;
  const [most, middle, least] = ["10,000", "1,000", "100"].map(gridAt);
  t.true(most < middle && middle < least);
  // What the system did not tell, the CPU, is not drawn.
  t.deepEqual(circles(svg), [most, middle, middle, least]);
});

test("the process that listens tells what did not come, and what came twice", async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.stop());
  const listener = await startListener(server.config, { servers: 2, namespaces: 2 });
  t.teardown(() => listener.kill());
  listener.expect(FIRST_RUN);
  const pool = server.pool({ max: 1 });
  const notify = (nsp, i, run = FIRST_RUN) =>
    pool.query("SELECT pg_notify($1, $2)", [
      channelOf(nsp),
      envelope(ROOM, { run, seq: FIRST_SEQ + i }),
    ]);
  // Of four, in turns to both namespaces: the third is lost, the last comes before the second, and twice.
  await notify("/", 0);
  await notify("/namespace-1", 3);
  await notify("/namespace-1", 1);
  await notify("/namespace-1", 3);
  await notify("/", 2, FIRST_RUN + 1);
  await pool.end();
  const { lastAt, ...arrivals } = await listener.arrived(4);
  t.true(BigInt(lastAt) > 0n);
  t.deepEqual(arrivals, {
    count: 8,
    distinct: 6,
    missing: 2,
    duplicates: 2,
    outOfOrder: 2,
    strays: 2,
  });
});
