// What the test suite of `@socket.io/postgres-emitter` checks, written anew: `new Emitter(pool)`, three
// servers, a client of each. Only the import is another.

import test from "ava";
import { Emitter } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { fence, inbox, serverInbox } from "./support/clients.mjs";
import { eventually, usePostgres } from "./support/database.mjs";

const SERVERS = [0, 1, 2];
const postgres = usePostgres(test);

/** Three servers with a client each, and an emitter from a pool. */
async function world(t, namespaces = ["/"]) {
  const database = await postgres.database();
  const cluster = await startCluster({ server: database, servers: SERVERS.length, namespaces });
  const pool = database.pool();
  const emitter = new Emitter(pool);
  t.teardown(async () => {
    await emitter.close();
    await cluster.close();
  });
  const connect = (nsp) => Promise.all(SERVERS.map((index) => cluster.connect(index, nsp)));
  const clients = await connect("/");
  const boxes = clients.map((client, index) => inbox(client, `client ${index}`));
  /** The server's side of each client. */
  const sockets = SERVERS.map((index) =>
    cluster.servers[index].io.of("/").sockets.get(clients[index].id),
  );
  /** Resolves when every server has done what it was told before. */
  const done = () => fence(emitter, boxes);
  const members = (room) => sockets.map((socket) => socket.rooms.has(room));
  return { ...cluster, emitter, connect, boxes, clients, sockets, done, members };
}

test("broadcasts to all clients", async (t) => {
  const { emitter, boxes, done } = await world(t);
  emitter.emit("test", 1, "2", Buffer.from([3, 4]));
  // Through the table: a server may deliver what comes after it first.
  await Promise.all(boxes.map((box) => box.until("test")));
  const expected = [["test", 1, "2", Buffer.from([3, 4])]];
  t.deepEqual(await done(), [expected, expected, expected]);
  t.is(boxes.length, 3);
});

test("broadcasts to all clients in a namespace", async (t) => {
  const { emitter, connect, done } = await world(t, ["/", "/custom"]);
  const custom = emitter.of("/custom");
  const boxes = (await connect("/custom")).map((client) => inbox(client));
  custom.emit("test");
  t.deepEqual(await fence(custom, boxes), [[["test"]], [["test"]], [["test"]]]);
  t.deepEqual(await done(), [[], [], []]);
});

test("broadcasts to all clients in a room", async (t) => {
  const { emitter, sockets, done } = await world(t);
  sockets[1].join("room1");
  emitter.to("room1").emit("test");
  t.deepEqual(await done(), [[], [["test"]], []]);
});

test("broadcasts to all clients except in a room", async (t) => {
  const { emitter, sockets, done } = await world(t);
  sockets[1].join("room1");
  emitter.of("/").except("room1").emit("test");
  t.deepEqual(await done(), [[["test"]], [], [["test"]]]);
});

test("socketsJoin: all, those in a room, one by its id", async (t) => {
  const { emitter, sockets, done, members } = await world(t);
  emitter.socketsJoin("room1");
  await done();
  t.deepEqual(members("room1"), [true, true, true]);
  sockets[0].join("some");
  sockets[2].join("some");
  emitter.in("some").socketsJoin("room2");
  emitter.in(sockets[1].id).socketsJoin("room3");
  await done();
  t.deepEqual(members("room2"), [true, false, true]);
  t.deepEqual(members("room3"), [false, true, false]);
});

test("socketsLeave: all, those in a room, one by its id", async (t) => {
  const { emitter, sockets, done, members } = await world(t);
  sockets[0].join(["room1", "room2", "room3", "room4"]);
  sockets[1].join(["room2", "room3", "room4"]);
  sockets[2].join(["room1", "room3", "room4"]);
  emitter.socketsLeave("room4");
  emitter.in("room2").socketsLeave("room3");
  emitter.in(sockets[0].id).socketsLeave("room1");
  await done();
  t.deepEqual(members("room4"), [false, false, false]);
  t.deepEqual(members("room3"), [false, false, true]);
  t.deepEqual(members("room1"), [false, false, true]);
});

test("disconnectSockets disconnects all", async (t) => {
  const { emitter, clients } = await world(t);
  const reasons = [];
  for (const client of clients) client.on("disconnect", (reason) => reasons.push(reason));
  emitter.disconnectSockets();
  await eventually(() => reasons.length === 3, "all were disconnected");
  t.deepEqual(reasons, Array(3).fill("io server disconnect"));
});

test("serverSideEmit reaches every server", async (t) => {
  const { emitter, servers } = await world(t);
  const boxes = servers.map(({ io }) => serverInbox(io.of("/"), ["hello"]));
  emitter.serverSideEmit("hello", "world", 1, "2");
  for (const box of boxes) t.deepEqual(await box.until("hello"), ["hello", "world", 1, "2"]);
});
