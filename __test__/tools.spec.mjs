// The servers, the database and the listener that every other test stands on, proved without the
// emitter: the messages here are written by hand.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import test from "ava";
import { ADAPTERS } from "../tools/adapters.mjs";
import { startCluster } from "../tools/cluster.mjs";
import { listen } from "../tools/listener.mjs";
import { createDatabase, startPostgres } from "../tools/postgres.mjs";
import { endSessions } from "../tools/sessions.mjs";

const BROADCAST = 3;

test.before(async (t) => {
  t.context.server = await startPostgres();
});

test.after.always((t) => t.context.server?.stop());

/** A broadcast as an emitter sends it. */
function broadcast(nsp, rooms, ...data) {
  return JSON.stringify({
    uid: "emitter",
    nsp,
    source: "_sio_adapter",
    type: BROADCAST,
    data: { packet: { type: 2, data, nsp }, opts: { rooms, except: [], flags: {} } },
  });
}

for (const adapter of ADAPTERS) {
  test(`adapter ${adapter} delivers to rooms and namespaces of both servers`, async (t) => {
    const database = await createDatabase(t.context.server, `cluster ${adapter}`);
    const pool = database.pool();
    const cluster = await startCluster({
      server: database,
      adapter,
      namespaces: ["/", "/admin"],
    });
    try {
      const clients = await Promise.all([
        cluster.connect(0, "/", { rooms: ["blue"] }),
        cluster.connect(1, "/", { rooms: ["blue", 42] }),
        cluster.connect(1, "/", { rooms: ["42"] }),
        cluster.connect(0, "/admin", { rooms: ["blue"] }),
      ]);
      const received = clients.map((client) => {
        const events = [];
        client.onAny((...event) => events.push(event));
        return events;
      });
      const fences = clients.map((client) => once(client, "fence"));
      const notify = (nsp, ...rest) =>
        pool.query("SELECT pg_notify($1, $2)", [`socket.io#${nsp}`, broadcast(nsp, ...rest)]);

      await notify("/", ["blue"], "to blue", 1);
      await notify("/", [42], "to the number 42", { a: [null] });
      await notify("/admin", [], "to admins", "é");
      await notify("/", [], "fence");
      await notify("/admin", [], "fence");
      await Promise.all(fences);

      t.deepEqual(received, [
        [["to blue", 1], ["fence"]],
        [["to blue", 1], ["to the number 42", { a: [null] }], ["fence"]],
        [["fence"]],
        [["to admins", "é"], ["fence"]],
      ]);
      t.deepEqual(cluster.errors, []);
    } finally {
      await cluster.close();
    }
  });
}

test("clusters that start at once on a new database do not get in each other's way", async (t) => {
  const database = await createDatabase(t.context.server, "at once");
  const start = () => startCluster({ server: database, servers: 0 });
  const clusters = await Promise.all(Array.from({ length: 8 }, start));
  t.is(clusters.length, 8);
  const { rows } = await database.pool().query("SELECT 1 FROM socket_io_attachments");
  t.deepEqual(rows, []);
});

test("a cluster listens again after its connection was cut", async (t) => {
  const database = await createDatabase(t.context.server, "cut");
  const cluster = await startCluster({ server: database, servers: 1 });
  const pool = database.pool();
  try {
    const client = await cluster.connect(0);
    t.is(await endSessions(pool, { name: null, query: "LISTEN%" }), 1);
    await cluster.servers[0].lost();
    await cluster.servers[0].listening();
    const arrived = once(client, "again");
    await pool.query("SELECT pg_notify($1, $2)", ["socket.io#/", broadcast("/", [], "again")]);
    await arrived;
    t.pass();
  } finally {
    await cluster.close();
  }
});

test("the listener hands out notifications in order, and says what came instead", async (t) => {
  const { server } = t.context;
  const pool = server.pool();
  const listener = await listen(server.config, ["one", 'odd "name"']);
  try {
    const later = listener.next(2);
    await pool.query(`SELECT pg_notify('one', 'a')`);
    await pool.query(`SELECT pg_notify('odd "name"', 'b')`);
    await pool.query(`SELECT pg_notify('one', 'c')`);
    t.deepEqual(await later, [
      { channel: "one", payload: "a" },
      { channel: 'odd "name"', payload: "b" },
    ]);
    await t.throwsAsync(listener.next(2, 50), { message: /no 2 notifications .*"c"/ });
    t.deepEqual(await listener.next(), [{ channel: "one", payload: "c" }]);
    t.is(listener.messages.length, 3);
  } finally {
    await listener.close();
  }
});

test("a setting reaches the server", async (t) => {
  const server = await startPostgres({ settings: { synchronous_commit: "off" } });
  try {
    const { rows } = await server.pool().query("SHOW synchronous_commit");
    t.deepEqual(rows, [{ synchronous_commit: "off" }]);
  } finally {
    await server.stop();
  }
  t.false(existsSync(server.socketDirectory));
});

test("a setting that PostgreSQL refuses is reported with its own words", async (t) => {
  await t.throwsAsync(startPostgres({ settings: { fsync: "perhaps" } }), {
    message: /fsync.*requires a Boolean value/,
  });
});

for (const signal of ["SIGINT", "SIGKILL"]) {
  test(`nothing is left after ${signal}`, async (t) => {
    const url = new URL("../tools/postgres.mjs", import.meta.url);
    const code = `
      import { startPostgres } from ${JSON.stringify(url)};
      const { config, socketDirectory } = await startPostgres();
      console.log(JSON.stringify({ port: config.port, socketDirectory }));
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const [line] = await once(createInterface(child.stdout), "line");
    const { port, socketDirectory } = JSON.parse(line);
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => {});
    const serverGone = once(socket, "close");

    child.kill(signal);
    t.is((await exited)[1], signal);
    await serverGone;
    while (existsSync(socketDirectory)) {
      // No event tells that a folder is gone; the time limit of the test bounds this.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    t.pass();
  });
}
