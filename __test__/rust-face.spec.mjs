// The crate's arguments, rooms, handlers and flush: its examples against real servers.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { Emitter } from "../index.js";
import { NEWEST_OF_EACH_KIND } from "../tools/adapters.mjs";
import { answerWorlds } from "./support/answer-world.mjs";
import { fence, inbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

/** The example is built here, when `cargo test` has not done so. */
const COLD_BUILD_MS = 300_000;

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;
const rustTest = hasCargo ? test : test.skip;

async function example(name, database, ...args) {
  const { stdout } = await promisify(execFile)(
    "cargo",
    ["run", "--quiet", "--locked", "--example", name, "--", database.connectionString, ...args],
    { timeout: COLD_BUILD_MS },
  );
  return stdout.trim().split("\n");
}

for (const adapter of NEWEST_OF_EACH_KIND) {
  rustTest(
    `${adapter}: bytes at any depth are Buffers, in rooms by name and by number`,
    async (t) => {
      t.timeout(COLD_BUILD_MS);
      const { database, cluster } = await world(t, adapter);
      const rooms = [["room1"], [42], ["42"]];
      const inboxes = await Promise.all(
        rooms.map(async (room, index) => inbox(await cluster.connect(index, "/", { rooms: room }))),
      );
      await example("arguments", database, "room1", "42", "room1");
      const emitter = new Emitter(database.connectionString);
      t.teardown(() => emitter.close());
      // One that is in the table may come later than what follows it.
      await Promise.all(inboxes.slice(0, 2).map((box) => box.until("photo")));
      const received = await fence(emitter, inboxes);
      const photo = {
        title: "\0b0",
        image: Buffer.from([0x89, 0x50, 0x00, 0xff]),
        thumbnails: [Buffer.from("small"), Buffer.alloc(0)],
      };
      const all = [
        ["photo", [photo], 17, Buffer.from("more")],
        ["text", "\0b0", [0x89, 0x50, 0x00, 0xff]],
      ];
      const sorted = (events) => events.sort(([a], [b]) => a.localeCompare(b));
      t.deepEqual(received.map(sorted), [all, all, []]);
    },
  );
}

rustTest("what fails is told of, states are, and a flush waits for requests, too", async (t) => {
  t.timeout(COLD_BUILD_MS);
  const { database, cluster } = await world(t);
  for (const { io } of cluster.servers) io.on("load", (callback) => callback(1));
  const lines = await example("observed", database);
  t.deepEqual(lines, [
    "state: connecting",
    "state: connected",
    "failed: emit long to /: 42P01",
    "failed: emit long to /admin: 42P01",
    // Beside the heartbeats that ask for the servers.
    ...lines.slice(4, 5).filter((line) => /^flushed: \d+ published, 2 failed$/.test(line)),
    "answers: 3",
    "state: closed",
  ]);
  const [, published] = /flushed: (\d+)/.exec(lines[4]);
  t.true(Number(published) >= 4, lines[4]);
});

rustTest("a relay of the crate publishes what is in the outbox", async (t) => {
  t.timeout(COLD_BUILD_MS);
  const { database, cluster } = await world(t);
  const box = inbox(await cluster.connect(0, "/", { rooms: ["room1"] }));
  const lines = await example("relay", database, "room1");
  t.regex(lines[0], /^INSERT INTO "socket_io_outbox"/);
  t.true(lines.includes("relay: active"), lines.join());
  t.true(lines.includes("published: 1"), lines.join());
  await box.until("through the outbox");
});

rustTest("messages are types, and a parser of one's own gets them", async (t) => {
  t.timeout(COLD_BUILD_MS);
  const { database } = await world(t);
  const [json, decoded] = await example("messages", database);
  t.deepEqual(JSON.parse(json).data.opts.rooms, ["order:17"]);
  t.is(decoded, "version 1: Broadcast");
});
