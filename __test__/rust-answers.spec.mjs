// The crate asks as the package does: its example against real servers.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { NEWEST_OF_EACH_KIND } from "../tools/adapters.mjs";
import { answerWorlds } from "./support/answer-world.mjs";
import { usePostgres } from "./support/database.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

/** The example is built here, when `cargo test` has not done so. */
const COLD_BUILD_MS = 300_000;

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;
const rustTest = hasCargo ? test : test.skip;

/** What `examples/answers.rs` prints, by what its lines begin with. */
async function ask(database, event, room) {
  const command = ["run", "--quiet", "--locked", "--example", "answers", "--"];
  const { stdout } = await promisify(execFile)(
    "cargo",
    [...command, database.connectionString, event, room],
    { timeout: COLD_BUILD_MS },
  );
  const lines = stdout.trim().split("\n");
  return (whose) =>
    lines
      .filter((line) => line.startsWith(`${whose}: `))
      .map((line) => line.slice(whose.length + 2))
      .sort();
}

for (const adapter of NEWEST_OF_EACH_KIND) {
  rustTest(`${adapter}: servers, sockets, answers of clients and of servers`, async (t) => {
    t.timeout(COLD_BUILD_MS);
    const { database, cluster } = await world(t, adapter);
    for (const { io } of cluster.servers) io.on("ask", (arg, callback) => callback(arg + 1));
    const asked = await ask(database, "ask", "even");
    t.deepEqual(asked("servers"), ["3"]);
    t.is(asked("socket").length, 4);
    t.true(asked("socket").every((line) => line.startsWith("in 2 rooms, from ")));
    t.deepEqual(asked("server"), ["8", "8", "8"]);
    t.deepEqual(asked("client"), ['{"arg":7,"index":0}', '{"arg":7,"index":2}']);
  });
}

rustTest("answers in the table, and some that never come", async (t) => {
  t.timeout(COLD_BUILD_MS);
  const { database, cluster, clients } = await world(t);
  const long = "x".repeat(9_000);
  cluster.servers.forEach(({ io }, index) => {
    io.on("long", (_, callback) => index > 0 && callback(long));
  });
  for (const client of clients) client.on("long", (_, callback) => callback(long));
  const asked = await ask(database, "long", "odd");
  const isLong = (answers) => answers.map((answer) => answer === JSON.stringify(long) || answer);
  t.deepEqual(isLong(asked("client")), [true, true]);
  t.deepEqual(isLong(asked("server")).sort(), ["not all answered", true, true]);
});
