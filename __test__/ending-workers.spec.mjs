// Worker threads end while what they asked for is under way, and the process goes on.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { NEVER_MS } from "../tools/limits.mjs";
import { loginCheaply } from "../tools/postgres.mjs";
import { usePostgres } from "./support/database.mjs";

const PROCESSES = 50;
const AT_ONCE = 3;
const PROGRAM = fileURLToPath(new URL("./support/ending-workers.mjs", import.meta.url));

const postgres = usePostgres(test, {
  settings: { max_connections: 300 },
  setUp: ({ server }) => loginCheaply(server),
});

/** How a process ended, and what it printed. */
const processOf = (...args) =>
  new Promise((resolve) => {
    const options = {
      timeout: NEVER_MS,
      killSignal: "SIGKILL",
      // Of glibc: freed memory is overwritten, so that code that reads it shows.
      env: { ...process.env, NODE_OPTIONS: "", MALLOC_PERTURB_: "165" },
    };
    execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, signal: error?.signal ?? null, stdout, stderr });
    });
  });

test("fifty processes with workers that end while they ask, emit and connect", async (t) => {
  t.timeout(300_000);
  const database = await postgres.database(attachmentTableSql());
  const namespaces = ["/", "/admin"];
  const cluster = await startCluster({ server: database, servers: 1, namespaces });
  t.teardown(() => cluster.close());
  cluster.servers[0].io.on("who", (arg, callback) => callback(arg));
  const client = await cluster.connect(0);
  client.on("ask", (arg, callback) => callback(arg));

  const first = Math.floor(Math.random() * 2 ** 31);
  t.log({ seed: first });
  const began = Date.now();
  const died = [];
  const ended = {};
  let count = 0;
  const work = async () => {
    while (count < PROCESSES) {
      const seed = first + count++;
      const { stdout, ...outcome } = await processOf(database.connectionString, String(seed));
      if (outcome.code !== 0 || outcome.stderr !== "") {
        died.push({ seed, ...outcome, stderr: outcome.stderr.slice(0, 1_000) });
        continue;
      }
      for (const [how, times] of Object.entries(JSON.parse(stdout))) {
        ended[how] = (ended[how] ?? 0) + times;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  t.log({ ended, millis: Date.now() - began });
  t.deepEqual(died, []);
  t.deepEqual(Object.keys(ended).sort(), ["exited with 7", "terminated"]);
});

test("the compiler refuses #[napi] async fn: napi has none of its async features", async (t) => {
  const manifest = await readFile(new URL("../Cargo.toml", import.meta.url), "utf8");
  const [, features] = manifest.match(
    /^napi = \{.* default-features = false, features = (.*) \}$/m,
  );
  t.deepEqual(JSON.parse(features), ["napi8"]);
});
