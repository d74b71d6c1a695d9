// The benchmark runs: every job, every peer, with few messages. What is measured so says nothing.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { chartOf } from "../benchmark/report/chart.mjs";

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

test("the benchmark measures every peer, and all that we emit is delivered in order", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "benchmark-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const json = join(folder, "figures.json");
  const few = Object.entries(FEW).map(([name, value]) => `--${name}=${value}`);
  const args = [BENCHMARK, "--quick", ...few, "--json", json];
  // Asked to end, it ends its own processes, too.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  t.true(stdout.includes("delivered, in order, in every run"));

  const content = JSON.parse(await readFile(json, "utf8"));
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
    ],
  );
  for (const { id, job, peers, summary } of content.results) {
    t.true(peers.includes("ours") && peers.includes("official"), id);
    const main = job === "latency" || job === "attachment" ? "p50" : "perSecond";
    for (const peer of peers) t.true(summary[peer][main].median > 0, `${id}, ${peer}`);
  }
  const { emitted, whole } = content.delivery;
  // 50 and 13 messages, 8 and 1 awaited, 5 attachments.
  t.deepEqual({ emitted, whole }, { emitted: 77, whole: true });
  t.true(content.goals.length > 10);
  t.true(chartOf(content).startsWith("<svg"));
});
