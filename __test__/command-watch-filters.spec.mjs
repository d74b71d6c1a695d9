// `watch`: which messages it shows, and when.

import { createRequire } from "node:module";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { createRoles, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { linesOf, PASSWORD, watchingWith } from "./support/watching.mjs";

const require = createRequire(import.meta.url);

const { Namespace } = require("../binding.js");

const { NotificationListener, MAX_WAITING } = require("../cli/listener.js");

const postgres = usePostgres(test, {
  setUp: ({ server }) => createRoles(server, PASSWORD, "watcher"),
});

const watching = watchingWith(postgres);

/** What was shown until `io` has sent an event called `last`. */
async function eventsUntil(watcher, last) {
  const { stdout } = await watcher.until((output) => output.stdout.includes(`"${last}"`));
  return linesOf(stdout).map((line) => JSON.parse(line));
}

for (const flags of [[], ["--no-heartbeats"], ["--heartbeats"]]) {
  test(`heartbeats with ${flags[0] ?? "nothing else said"}`, async (t) => {
    const watcher = await watching(t, ["--json", ...flags]);
    const pool = watcher.database.pool({ max: 1 });
    for (const type of [1, 2, 13]) {
      await pool.query("SELECT pg_notify('socket.io#/', $1)", [
        JSON.stringify({ uid: "abc", type, nsp: "/" }),
      ]);
    }
    await watcher.io.emit("end");
    const kinds = (await eventsUntil(watcher, "end")).map(({ kind }) => kind);
    const heartbeats = flags[0] === "--heartbeats" ? ["initial-heartbeat", "heartbeat"] : [];
    t.deepEqual(kinds, [...heartbeats, "adapter-close", "broadcast"]);
    watcher.child.kill("SIGINT");
    t.regex((await watcher.ended).stderr, new RegExp(`^${kinds.length} messages, `, "m"));
  });
}

test("--event and --room show only what they name", async (t) => {
  const sendAll = async (io) => {
    await io.emit("paid", 1);
    await io.to("order:17").emit("paid", 2, Buffer.from([1]));
    await io.to("order:17", "x").emit("news", 3);
    await io.to(42).emit("paid", 4);
    await io.to("42").except("order:17").emit("paid", 5);
    await io.serverSideEmit("paid", 6);
    await io.to("x").socketsJoin("order:17");
    await io.to("order:17").socketsLeave("y");
    await io.to("order:17", 42).emit("end");
    await io.to("order:17", 42).emit("paid", "last");
  };
  for (const [flags, wanted] of [
    [
      ["--event", "paid"],
      [1, 2, 4, 5, 6, "last"],
    ],
    [["--event", "news", "--event", "end", "--event", "paid", "--room", "x"], [3]],
    [
      ["--room", "order:17"],
      [2, 3, "sockets-join", "sockets-leave", "end", "last"],
    ],
    [
      ["--room", "[42]", "--event", "paid"],
      [4, "last"],
    ],
    [
      ["--room", "42", "--room", "[42]"],
      [4, 5, "end", "last"],
    ],
  ]) {
    const watcher = await watching(t, ["--json", ...flags]);
    await sendAll(watcher.io);
    const shown = await eventsUntil(watcher, wanted.at(-1) === "last" ? "last" : "news");
    watcher.child.kill("SIGINT");
    const { stdout } = await watcher.ended;
    const all = linesOf(stdout).map((line) => JSON.parse(line));
    t.true(all.length >= shown.length);
    t.deepEqual(
      all.map(({ kind, event, args }) => (event === "end" ? "end" : event ? args[0] : kind)),
      wanted,
      flags.join(" "),
    );
  }
});

test("what servers ask, answer and tell each other is shown, too", async (t) => {
  const watcher = await watching(t, ["--json", "--heartbeats"]);
  const { io, database } = watcher;
  const cluster = await startCluster({ server: database, servers: 1 });
  t.teardown(() => cluster.close());
  const [{ io: server }] = cluster.servers;
  server.on("load", (answer) => answer(7));
  const client = await cluster.connect(0, "/", { rooms: ["staff"] });
  const { id } = client;
  client.on("there?", (answer) => answer("yes"));
  await io.to("staff").emitWithAck("there?");
  await io.to("staff").except("idle").fetchSockets();
  await io.serverSideEmitWithAck("load");
  await cluster.close();

  const last = ({ stdout }) => stdout.includes('"adapter-close"');
  const entries = linesOf((await watcher.until(last)).stdout).map((line) => JSON.parse(line));
  t.deepEqual(
    entries.filter(({ error }) => error),
    [],
  );
  const shown = new Map(entries.map((entry) => [entry.type, entry]));
  const nobody = { rooms: null, except: null, event: null };
  for (const [type, expected] of [
    [1, { ...nobody, kind: "initial-heartbeat", args: null }],
    [7, { kind: "fetch-sockets", rooms: ["staff"], except: ["idle"], event: null }],
    [8, { ...nobody, kind: "fetch-sockets-response" }],
    [10, { ...nobody, kind: "server-side-emit-response" }],
    [11, { ...nobody, kind: "broadcast-client-count" }],
    [12, { ...nobody, kind: "broadcast-ack" }],
    [13, { ...nobody, kind: "adapter-close", args: null }],
  ]) {
    t.like(shown.get(type), { ...expected, channel: "socket.io#/", nsp: "/" }, expected.kind);
  }
  t.is(shown.get(8).args[0].sockets[0].id, id);
  t.is(shown.get(10).args[0].packet, 7);
  t.is(shown.get(11).args[0].clientCount, 1);
  t.is(shown.get(12).args[0].packet, "yes");
});

test("what is heard has the time when it was heard, not when it is asked for", async (t) => {
  const { connectionString } = await postgres.database(attachmentTableSql());
  const namespaces = [new Namespace("socket.io", "/")];
  const listener = new NotificationListener(
    { connectionString },
    "socket_io_attachments",
    namespaces,
  );
  await listener.open();
  t.teardown(() => listener.close());
  const io = emitterFor(t, connectionString);
  await io.emit("n");
  // A session that answers has handed out its notifications before.
  for (let round = 0; round < 2; round++) t.is(await listener.attachment("1"), null);
  const heardBy = Date.now();
  while (Date.now() === heardBy);
  const { notifications } = await listener.next();
  t.is(notifications.length, 1);
  t.true(notifications[0].time.getTime() <= heardBy);
});

test("what is not read in time is counted, and the rest is kept in order", async (t) => {
  const { connectionString } = await postgres.database(attachmentTableSql());
  const namespaces = [new Namespace("socket.io", "/")];
  const listener = new NotificationListener(
    { connectionString },
    "socket_io_attachments",
    namespaces,
  );
  await listener.open();
  const io = emitterFor(t, connectionString);
  const count = MAX_WAITING + 1_000;
  for (let index = 0; index < count; index++) io.emit("n", index);
  await io.flush();
  // A session that answers has handed out its notifications before.
  for (let round = 0; round < 2; round++) t.is(await listener.attachment("1"), null);
  const indexes = [];
  let lost = 0;
  while (indexes.length + lost < count) {
    const { notifications, dropped } = await listener.next();
    indexes.push(...notifications.map(({ payload }) => JSON.parse(payload).data.packet.data[1]));
    lost += dropped;
  }
  t.is(lost, 1_000);
  t.true(indexes.every((index, place) => index === place));

  const waiting = listener.next();
  listener.close();
  t.is(await waiting, null);
  t.is(await listener.next(), null);
  await t.throwsAsync(listener.attachment("1"), { code: "ERR_CLOSED" });
});
