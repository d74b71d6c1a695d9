// The benchmark runs: every job, every peer, with few messages. What is measured so says nothing.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { chartsOf } from "../benchmark/report/chart.mjs";

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
      const main = id.startsWith("commits") ? "perSecond" : "p50";
      for (const { [main]: figure } of [using, outbox]) t.true(figure.median > 0, id);
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
