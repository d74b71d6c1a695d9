// Every call, delivered by two real servers of each adapter generation to real clients.
//
// Longer than 300 lines: the servers of each adapter are started once for all of it.

import { once } from "node:events";
import test from "ava";
import { ADAPTERS } from "../tools/adapters.mjs";
import { startCluster } from "../tools/cluster.mjs";
import { fence, inbox, serverInbox } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { relayFor } from "./support/relays.mjs";

const SERVER_EVENTS = ["hi", "bytes", "long", "server-fence"];
const setups = new Map();
const postgres = usePostgres(test, {
  async setUp() {
    for (const adapter of ADAPTERS) {
      setups.set(adapter, await startServers(adapter));
    }
  },
  tearDown: () => Promise.all([...setups.values()].map(({ cluster }) => cluster.close())),
});

/** Two servers, and a client of each namespace on each of them. */
async function startServers(adapter) {
  const database = await postgres.database();
  const cluster = await startCluster({ server: database, adapter, namespaces: ["/", "/admin"] });
  const connect = async (index, nsp, ...rooms) =>
    inbox(await cluster.connect(index, nsp, { rooms }), `${adapter} client ${index} of ${nsp}`);
  const [red, blue, redAdmin, blueAdmin] = await Promise.all([
    connect(0, "/", "red", 42, "both"),
    connect(1, "/", "blue", "42", "both"),
    connect(0, "/admin", "red", "both"),
    connect(1, "/admin", "blue", "both"),
  ]);
  const servers = cluster.servers.map(({ io }, index) =>
    serverInbox(io.of("/"), SERVER_EVENTS, `${adapter} server ${index}`),
  );
  const admins = cluster.servers.map(({ io }) => serverInbox(io.of("/admin"), SERVER_EVENTS));
  return { database, cluster, connect, red, blue, redAdmin, blueAdmin, servers, admins };
}

/** `title` for each generation, with an emitter and a check of who received what. */
function each(title, body) {
  for (const adapter of ADAPTERS) {
    test.serial(`${adapter}: ${title}`, async (t) => {
      const setup = setups.get(adapter);
      const emitter = emitterFor(t, setup.database);
      const admin = emitter.of("/admin");
      /** What each client of both namespaces received since the last look. */
      const received = async () => {
        const [[red, blue], [redAdmin, blueAdmin]] = await Promise.all([
          fence(emitter, [setup.red, setup.blue]),
          fence(admin, [setup.redAdmin, setup.blueAdmin]),
        ]);
        return { red, blue, redAdmin, blueAdmin };
      };
      const check = async (expected) =>
        t.deepEqual(await received(), {
          red: [],
          blue: [],
          redAdmin: [],
          blueAdmin: [],
          ...expected,
        });
      await received();
      await body(t, { ...setup, emitter, admin, check });
    });
  }
}

each(
  "emit reaches all of its namespace, and no other client",
  async (_t, { emitter, admin, check }) => {
    await emitter.emit("hello", 1, "two", { three: [null] });
    const hello = [["hello", 1, "two", { three: [null] }]];
    await check({ red: hello, blue: hello });
    await admin.emit("bare");
    await check({ redAdmin: [["bare"]], blueAdmin: [["bare"]] });
  },
);

each("to, in and except", async (_t, { emitter, admin, check }) => {
  const both = { red: [["e"]], blue: [["e"]] };
  await emitter.to("red").emit("e");
  await check({ red: [["e"]] });
  await emitter.in("blue").emit("e");
  await check({ blue: [["e"]] });
  await emitter.to("red").to("blue", "both").emit("e");
  await check(both);
  await emitter.to(["red", "nobody"]).emit("e");
  await check({ red: [["e"]] });
  await emitter.to("nobody").emit("e");
  await check({});
  await emitter.except("red").emit("e");
  await check({ blue: [["e"]] });
  await emitter.to("both").except("blue").emit("e");
  await check({ red: [["e"]] });
  await admin.to("red").emit("e");
  await check({ redAdmin: [["e"]] });
});

each("a number and its text are two rooms", async (_t, { emitter, check }) => {
  await emitter.to(42).emit("number");
  await emitter.to("42").emit("text");
  await emitter.except(42).emit("except");
  await check({ red: [["number"]], blue: [["text"], ["except"]] });
});

each("volatile and compress", async (t, { cluster, emitter, red, blue, check }) => {
  // What the servers hand to the transport, for the event "flagged".
  const compressed = cluster.servers.map(() => []);
  const engines = [];
  for (const [index, { io }] of cluster.servers.entries()) {
    for (const { conn } of io.of("/").sockets.values()) {
      const look = ({ data, options }) =>
        String(data).includes("flagged") && compressed[index].push(options?.compress);
      conn.on("packetCreate", look);
      engines.push(() => conn.off("packetCreate", look));
    }
  }
  t.teardown(() => engines.map((stop) => stop()));

  await emitter.volatile.emit("now");
  await Promise.all([red, blue].map((box) => box.until("now")));
  await emitter.volatile.to("red").emit("for red");
  await red.until("for red");
  await emitter.compress(false).emit("flagged", 1);
  await emitter.compress(true).to("blue").emit("flagged", 2);
  await check({
    red: [["now"], ["for red"], ["flagged", 1]],
    blue: [["now"], ["flagged", 1], ["flagged", 2]],
  });
  t.deepEqual(compressed, [[false], [false, true]]);
});

each("bytes at any depth", async (_t, { emitter, red, check }) => {
  const value = { a: [{ b: Buffer.from([0, 1, 255]) }, new Uint16Array([258])], c: "text" };
  await emitter.to("red").emit("bytes", Buffer.from("top"), value, Buffer.alloc(0));
  // A message of the table can be overtaken inside the server, so the fence waits for it.
  await red.until("bytes");
  const nested = { a: [{ b: Buffer.from([0, 1, 255]) }, Buffer.from([2, 1])], c: "text" };
  await check({ red: [["bytes", Buffer.from("top"), nested, Buffer.alloc(0)]] });
});

each("long messages", async (_t, { emitter, red, blue, check }) => {
  const texts = ["x".repeat(20_000), "é😀漢\0".repeat(50_000)];
  for (const [index, long] of texts.entries()) {
    await emitter.except("nobody").emit(`long ${index}`, long, { long });
    await Promise.all([red, blue].map((box) => box.until(`long ${index}`)));
  }
  const events = texts.map((long, index) => [`long ${index}`, long, { long }]);
  await check({ red: events, blue: events });
});

each("socketsJoin and socketsLeave", async (_t, { emitter, admin, check }) => {
  await emitter.socketsJoin("all", 7);
  await emitter.to("all").emit("all");
  await emitter.to(7).emit("seven");
  await admin.to("all").emit("all");
  const everyone = [["all"], ["seven"]];
  await check({ red: everyone, blue: everyone });

  await emitter.to("red").socketsLeave("all", [7]);
  await emitter.except("red").socketsJoin(["extra"]);
  await emitter.to("all").emit("all");
  await emitter.to(7).emit("seven");
  await emitter.to("extra").emit("extra");
  await check({ blue: [...everyone, ["extra"]] });

  await emitter.socketsLeave("all", 7, "extra");
  await emitter.to("all", 7, "extra").emit("gone");
  await check({});
});

each("a join that is too long for NOTIFY", async (_t, { emitter, cluster, check }) => {
  const rooms = Array.from({ length: 2_000 }, (_, index) => `long room ${index}`);
  const joined = () =>
    Promise.all(
      cluster.servers.map(async ({ io }) => {
        const [socket] = [...io.of("/").sockets.values()];
        while (!socket.rooms.has(rooms[1_999])) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    );
  await emitter.socketsJoin(rooms);
  await joined();
  await emitter.to(rooms[0]).emit("joined");
  await check({ red: [["joined"]], blue: [["joined"]] });
  for (const { io } of cluster.servers) {
    io.of("/").local.socketsLeave(rooms);
  }
});

each("disconnectSockets leaves the connection, or closes it", async (t, setup) => {
  const { cluster, connect, emitter, admin, redAdmin, blueAdmin, check } = setup;
  for (const close of [false, true]) {
    const leaving = await connect(1, "/", "leaving");
    const manager = leaving.socket.io;
    manager.reconnection(false);
    t.teardown(() => leaving.socket.disconnect());
    // A second namespace on the same connection.
    const other = manager.socket("/admin");
    const staying = inbox(other);
    if (!other.connected) {
      other.connect();
      await once(other, "connect");
    }
    const left = once(leaving.socket, "disconnect");
    const closed = once(manager, "close");
    await (close
      ? emitter.to("leaving").disconnectSockets(true)
      : emitter.in("leaving").disconnectSockets());
    t.is((await left)[0], "io server disconnect");
    if (close) {
      await closed;
      t.false(other.connected);
    } else {
      await fence(admin, [staying, redAdmin, blueAdmin]);
      t.true(other.connected);
      other.disconnect();
    }
    // No other socket left.
    await emitter.emit("still here");
    await check({ red: [["still here"]], blue: [["still here"]] });
  }
  t.is(cluster.servers[0].io.of("/").sockets.size, 1);
});

each("serverSideEmit reaches every server, once, and no client", async (t, setup) => {
  const { emitter, admin, servers, admins, check } = setup;
  const long = "é".repeat(9_000);
  await emitter.serverSideEmit("hi", 1, { two: ["three"] });
  await emitter.to("red").serverSideEmit("long", long);
  await emitter.serverSideEmit("bytes", { b: Buffer.from("abc") });
  await Promise.all(servers.flatMap((box) => [box.until("long"), box.until("bytes")]));
  await emitter.serverSideEmit("server-fence");
  for (const box of servers) {
    await box.until("server-fence");
    const events = box.take();
    t.deepEqual(events[0], ["hi", 1, { two: ["three"] }]);
    t.deepEqual(
      events.find(([name]) => name === "long"),
      ["long", long],
    );
    t.is(Buffer.from(events.find(([name]) => name === "bytes")[1].b).toString(), "abc");
    t.is(events.length, 4);
  }
  await admin.serverSideEmit("server-fence");
  for (const box of admins) {
    await box.until("server-fence");
    t.deepEqual(box.take(), [["server-fence"]]);
  }
  await check({});
});

each("outbox(), with an executor and without, and a relay reach the same", async (t, setup) => {
  const { database, emitter, red, blue, servers, check } = setup;
  await emitter.ensureOutbox();
  const relay = relayFor(t, emitter);
  const client = await database.pool({ max: 1 }).connect();
  t.teardown(() => client.release());
  const long = "é😀漢\0".repeat(5_000);
  const bytes = Buffer.from([0, 128, 255]);
  for (const [way, outbox] of [
    ["executor", emitter.outbox(client)],
    ["own connection", emitter.outbox()],
  ]) {
    await client.query("BEGIN");
    await outbox.emit("all", way, { two: [null] });
    await outbox.compress(false).to("red").emit("one");
    await outbox.to(42).emit("number");
    await outbox.except("red").emit("other");
    await outbox.of("/admin").to("red").emit("admin");
    await outbox.to("red").emit("bytes", { a: [{ bytes }] }, bytes);
    await outbox.to("red").emit("9 kB", "x".repeat(9_000));
    await outbox.to("blue").emit("long", long, bytes);
    for (let n = 0; n < 3; n++) await outbox.to("blue").emit("same");
    await outbox.to("blue").socketsJoin("joined", 7);
    await outbox.socketsLeave("left", 7);
    await outbox.serverSideEmit("hi", way);
    await outbox.serverSideEmit("bytes", { b: bytes });
    await client.query("COMMIT");
    await Promise.all([red.until("bytes"), red.until("9 kB"), blue.until("long")]);
    await Promise.all(servers.map((box) => box.until("bytes")));
    await outbox.to("joined").emit("joined");
    await outbox.to(7).emit("left");
    await outbox.serverSideEmit("server-fence");
    await relay.drain();
    for (const box of servers) {
      await box.until("server-fence");
      const events = box.take();
      t.deepEqual(events[0], ["hi", way]);
      t.is(Buffer.from(events.find(([name]) => name === "bytes")[1].b).toString("hex"), "0080ff");
      t.is(events.length, 3);
    }
    const all = ["all", way, { two: [null] }];
    const same = [["same"], ["same"], ["same"]];
    // Within a server, what comes later may overtake what it reads from the table.
    const sorted = (box, ...events) => {
      const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));
      return [box.take().sort(byName), events.sort(byName)];
    };
    await emitter.emit("last");
    await Promise.all([red, blue].map((box) => box.until("last")));
    t.deepEqual(
      ...sorted(
        red,
        ...[all, ["one"], ["number"], ["bytes", { a: [{ bytes }] }, bytes]],
        ...[["9 kB", "x".repeat(9_000)], ["last"]],
      ),
    );
    t.deepEqual(
      ...sorted(blue, all, ["other"], ...same, ["long", long, bytes], ["joined"], ["last"]),
    );
    await check({ redAdmin: [["admin"]] });
    const leaving = inbox(await setup.cluster.connect(0, "/", { rooms: ["leaving"] }));
    const left = once(leaving.socket, "disconnect");
    await outbox.to("leaving").disconnectSockets(true);
    t.is((await left)[0], "io server disconnect");
    await emitter.to("joined").socketsLeave("joined");
    await check({});
  }
});

each("the functions of SQL reach the same, through the outbox and a relay", async (t, setup) => {
  const { database, emitter, red, blue, servers, check } = setup;
  await emitter.ensureOutbox();
  await emitter.ensureFunctions();
  relayFor(t, emitter);
  const pool = database.pool({ max: 1 });
  t.teardown(() => pool.end());
  const call = (sql, ...values) => pool.query(`SELECT ${sql}`, values);
  const long = "é".repeat(9_000);
  const bytes = Buffer.from([0, 128, 255]);
  const place = '[{"bytes": {"_placeholder": true, "num": 0}}]';
  await call("socket_io_emit('all', '[1, {\"two\": null}]')");
  await call("socket_io_emit('one', rooms => '{red}', compress => false)");
  await call("socket_io_emit('other', except_rooms => '{red}')");
  await call("socket_io_emit('admin', rooms => '{red}', nsp => 'admin')");
  await call("socket_io_emit('bytes', $1, rooms => '{red}', bytes => $2)", place, [bytes]);
  await call("socket_io_emit('long', jsonb_build_array($1::text), rooms => '{blue}')", long);
  await call("socket_io_sockets_join('{joined,left}', rooms => '{blue}')");
  await call("socket_io_sockets_leave('{left}')");
  await call("socket_io_server_side_emit('hi', '[1]')");
  await Promise.all([red.until("bytes"), blue.until("long")]);
  await call(
    "socket_io_emit('joined', rooms => '{joined}'), socket_io_emit('left', rooms => '{left}')",
  );
  await call("socket_io_server_side_emit('server-fence')");
  for (const box of servers) {
    await box.until("server-fence");
    t.deepEqual(box.take(), [["hi", 1], ["server-fence"]]);
  }
  // What comes last is heard last, but for what a server has to read from the table.
  await call("socket_io_emit('last')");
  await Promise.all([red.until("last"), blue.until("last")]);
  const all = ["all", 1, { two: null }];
  await check({
    red: [all, ["one"], ["bytes", { bytes }], ["last"]],
    blue: [all, ["other"], ["long", long], ["joined"], ["last"]],
    redAdmin: [["admin"]],
  });
  const leaving = inbox(await setup.cluster.connect(0, "/", { rooms: ["leaving"] }));
  const left = once(leaving.socket, "disconnect");
  await call("socket_io_disconnect_sockets(true, rooms => '{leaving}')");
  t.is((await left)[0], "io server disconnect");
  await check({});
});

test("0.5.0: another prefix, another table, a namespace longer than a channel's name", async (t) => {
  const database = await postgres.database('CREATE SCHEMA "My App"');
  const options = { channelPrefix: "my-app", tableName: '"My App"."Big Ones"' };
  const emitter = emitterFor(t, database, "/", options);
  await emitter.ensureTable();
  const long = `/${"é".repeat(40)}`;
  const cluster = await startCluster({
    server: database,
    servers: 2,
    namespaces: ["/", long],
    adapterOptions: options,
  });
  t.teardown(() => cluster.close());
  for (const nsp of ["/", long]) {
    const client = inbox(await cluster.connect(1, nsp));
    await emitter.of(nsp).emit("small", 1);
    await emitter.of(nsp).emit("bytes", Buffer.from("b"));
    await client.until("bytes");
    const [events] = await fence(emitter.of(nsp), [client]);
    t.deepEqual(events, [
      ["small", 1],
      ["bytes", Buffer.from("b")],
    ]);
  }
});
