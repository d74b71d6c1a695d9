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
async function ask(database, event, room, ...namespace) {
  const command = ["run", "--quiet", "--locked", "--example", "answers", "--"];
  const { stdout } = await promisify(execFile)(
    "cargo",
    [...command, database.connectionString, event, room, ...namespace],
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
    t.deepEqual(
      asked("alone"),
      [0, 1, 2, 3].map((index) => `{"arg":7,"index":${index}}`),
    );
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

rustTest("sockets of another namespace, whose data has bytes and times", async (t) => {
  t.timeout(COLD_BUILD_MS);
  const { database, cluster } = await world(t);
  const clients = [];
  for (const index of [0, 1, 2]) {
    const client = await cluster.connect(index, "/admin");
    client.on("ask", (_, callback) => callback(index));
    clients.push(client);
  }
  // Long enough for the table: within a NOTIFY the adapters make JSON of bytes and dates.
  const bytes = Buffer.alloc(9_000, 7);
  const data = [{ bytes, at: new Date(1_000) }, { n: 1 }, undefined];
  cluster.servers.forEach(({ io }, index) => {
    for (const socket of io.of("/admin").sockets.values()) socket.data = data[index] ?? socket.data;
    io.of("/admin").on("ask", (_, callback) => callback(index));
  });
  const asked = await ask(database, "ask", clients[0].id, "/admin");
  t.deepEqual(asked("data"), [
    `{"bytes":${JSON.stringify(bytes)},"at":{"type":"Extension","kind":-1,"data":[0,0,0,1]}}`,
    '{"n":1}',
    "{}",
  ]);
  t.deepEqual(asked("alone"), ["0", "1", "2"]);
});
