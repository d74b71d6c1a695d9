// The JavaScript of the documents: each block is a program of an application, with what it leaves open
// written before and after it, and real servers whose clients hear what it sends.
//
// Longer than 300 lines: a runner for each block of the documents.

import { once } from "node:events";
import { io as connectClient } from "socket.io-client";
import { attachmentTableSql, outboxSql } from "../../../index.js";
import { NEWEST_OF_EACH_KIND } from "../../../tools/adapters.mjs";
import { startCluster } from "../../../tools/cluster.mjs";
import { freePort } from "../../../tools/free-port.mjs";
import { fence, inbox } from "../clients.mjs";
import { endSessions, eventually } from "../database.mjs";
import { emitterFor } from "../emitters.mjs";
import { relayFor } from "../relays.mjs";
import { readDocument } from "./blocks.mjs";

const FIRST = "socket.io-postgres-emitter-rs";
const EMITTER = `
import { Emitter } from "socket.io-postgres-emitter-rs";
const io = new Emitter(process.env.DATABASE_URL);
`;

export async function clusterFor(t, database, options) {
  const cluster = await startCluster({ server: database, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

export async function endsWell(t, program, stdout = "") {
  t.like(await program.ended, { code: 0, signal: null, stdout, stderr: "" });
}

/** What the comments behind `console.log(…)` promise, a line each. */
const promised = (code) =>
  [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => `${line}\n`).join("");

async function firstCode(t, { code, postgres, application }) {
  t.is(code, readDocument("examples/quickstart.mjs"));
  const database = await postgres.database();
  const cluster = await clusterFor(t, database, {
    namespaces: ["/", "/admin"],
    createTable: false,
  });
  const rooms = ["order:17"];
  const buyer = inbox(await cluster.connect(0, "/", { rooms }), "the buyer");
  const staff = inbox(await cluster.connect(1, "/", { rooms: [...rooms, "staff"] }), "the staff");
  const other = inbox(await cluster.connect(1), "the other");
  const admin = inbox(await cluster.connect(1, "/admin"), "the admin");
  await endsWell(t, await application.start(code, database));

  const io = emitterFor(t, database);
  const received = await fence(io, [buyer, staff, other]);
  const news = ["news", "hello, everybody"];
  const { at } = received[0][1][1];
  t.is(new Date(at).toISOString(), at);
  t.deepEqual(received, [[news, ["paid", { at, total: 49.9 }]], [news], [news]]);
  const bytes = ["report", Buffer.from([1, 2, 3])];
  t.deepEqual(await admin.until("report"), bytes);
  t.deepEqual(await fence(io.of("/admin"), [admin]), [[bytes]]);
  await io.to("paid-orders").emit("joined");
  t.deepEqual(await fence(io, [buyer, staff, other]), [[["joined"]], [["joined"]], []]);
}

const OTHER_WAY = "; // or io.using(client)";

/** The ways in which a block sends: the one that it has, and the one that its comment names. */
const waysOf = (code) =>
  code.includes(OTHER_WAY) ? [code, code.replace("io.outbox(client)", "io.using(client)")] : [code];

async function transaction(t, { code, postgres, application }) {
  t.true(code.includes('client.query("COMMIT")'));
  for (const way of waysOf(code)) {
    const database = await postgres.database(`
      CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL);
      INSERT INTO orders VALUES (17, 'open');
      ${attachmentTableSql()}${outboxSql()}`);
    const cluster = await clusterFor(t, database, { createTable: false });
    const rooms = ["order:17"];
    const customers = [
      inbox(await cluster.connect(0, "/", { rooms })),
      inbox(await cluster.connect(1, "/", { rooms })),
    ];
    const io = emitterFor(t, database);
    const relay = relayFor(t, io);
    const pool = database.pool({ max: 1 });
    for (const [end, state, heard] of [
      ["ROLLBACK", "open", []],
      ["COMMIT", "paid", [["paid", { id: 17 }]]],
    ]) {
      const program = await application.start(
        `import pg from "pg";${EMITTER}
        const client = new pg.Client(process.env.DATABASE_URL);
        await client.connect();
        const id = 17;
        ${way.replace('"COMMIT"', `"${end}"`)}
        await client.end();`,
        database,
      );
      await endsWell(t, program);
      await relay.drain();
      t.deepEqual((await pool.query("SELECT state FROM orders")).rows, [{ state }]);
      t.deepEqual(await fence(io, customers), [heard, heard]);
    }
    t.is((await relay.stats()).published, way.includes("io.outbox(client)") ? 1 : 0);
  }
}

/** Two processes with the servers' side, each on a port of its own: 3000 may be taken. */
async function servers(t, { code, postgres, application }) {
  const database = await postgres.database(attachmentTableSql());
  t.true(code.includes("new Server(3000,"));
  const clients = [];
  for (const name of ["server-1.mjs", "server-2.mjs"]) {
    const port = await freePort();
    const { child, ended } = await application.start(code.replace("3000", port), database);
    t.teardown(() => {
      child.kill("SIGKILL");
      return ended;
    });
    const socket = connectClient(`http://127.0.0.1:${port}`, {
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 50,
      transports: ["websocket"],
    });
    t.teardown(() => socket.disconnect());
    clients.push(inbox(socket, name));
    await Promise.race([
      once(socket, "connect"),
      ended.then(({ stderr }) => Promise.reject(new Error(`${name} has ended: ${stderr}`))),
    ]);
  }
  const pool = database.pool({ max: 1 });
  const bothListen = () =>
    eventually(async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database()
         AND query = 'LISTEN "socket.io#/"' AND state = 'idle'`,
      );
      return rowCount === 2;
    }, "both servers listen");
  await bothListen();
  // Each connection is lost, of those in use and of those that are not: no process ends.
  t.true((await endSessions(pool, { name: null })) > 2);
  await bothListen();
  const io = emitterFor(t, database);
  await io.to("order:17").emit("paid", 1);
  await io.to("order:18").emit("paid", 2);
  const bytes = Buffer.alloc(10_000, 1);
  await io.to("order:17").emit("receipt", bytes);
  await Promise.all(clients.map((client) => client.until("receipt")));
  const heard = [
    ["paid", 1],
    ["receipt", bytes],
  ];
  t.deepEqual(await fence(io, clients), [heard, heard]);
}

async function errors(t, { code, postgres, application }) {
  const expected = promised(code);
  t.not(expected, "");
  await endsWell(t, await application.start(code, postgres.server), expected);
}

async function handler(t, { code, postgres, application }) {
  const database = await postgres.database();
  const cluster = await clusterFor(t, database);
  const buyers = [
    inbox(await cluster.connect(0, "/", { rooms: ["order:17"] })),
    inbox(await cluster.connect(1, "/", { rooms: ["order:18"] })),
  ];
  await application.write("handler.mjs", code);
  const program = await application.start(
    `import { handler } from "./handler.mjs";
    for (const order of [17, 18]) {
      console.log(JSON.stringify(await handler({ order, total: order / 2 })));
    }`,
    database,
  );
  await endsWell(t, program, '{"statusCode":204}\n'.repeat(2));
  t.deepEqual(await fence(emitterFor(t, database), buyers), [
    [["paid", { total: 8.5 }]],
    [["paid", { total: 9 }]],
  ]);
}

/** A process that would run for ever, and gets the signal while all its messages have to wait. */
async function ending(t, { code, postgres, application }) {
  const database = await postgres.database(attachmentTableSql());
  const cluster = await clusterFor(t, database);
  const clients = [inbox(await cluster.connect(0)), inbox(await cluster.connect(1))];
  const lock = await database.pool({ max: 1 }).connect();
  t.teardown(() => lock.release());
  await lock.query("BEGIN; LOCK TABLE socket_io_attachments");
  const count = 500;
  const program = await application.start(
    `process.once("SIGTERM", () => console.log("signal"));
    ${EMITTER}${code}
    setInterval(() => {}, 1_000);
    io.emit("bytes", Buffer.alloc(1));
    for (let index = 1; index <= ${count}; index++) io.emit("tick", index);
    process.kill(process.pid, "SIGTERM");`,
    database,
  );
  await program.until(({ stdout }) => stdout === "signal\n");
  await lock.query("COMMIT");
  await endsWell(t, program, "signal\n");
  const ticks = Array.from({ length: count }, (_, index) => ["tick", index + 1]);
  await Promise.all(clients.map((client) => client.until("bytes")));
  for (const heard of await fence(emitterFor(t, database), clients)) {
    // Short messages may overtake the one in the table.
    t.deepEqual(
      heard.filter(([event]) => event === "tick"),
      ticks,
    );
  }
}

/** The subscriber tells of one message that fails, and of none that is sent. */
async function traces(t, { code, postgres, application }) {
  const program = await application.start(
    `${EMITTER}${code}
    await io.emit("fine");
    try {
      await io.of("/admin").emit("report", Buffer.alloc(1));
    } catch {}`,
    await postgres.database(),
  );
  t.like(await program.ended, {
    code: 0,
    stdout: "",
    stderr: "report to /admin failed: 42P01\n",
  });
}

/**
 * Both sides of the difference, which reach the server on a user's usual port: the one before, to
 * show that it is code which works, and the one after.
 */
async function movingOver(t, { code, postgres, application }) {
  const { server } = postgres;
  const admin = server.pool({ max: 1 });
  await admin.query("CREATE ROLE app LOGIN PASSWORD 'secret'");
  await admin.query("CREATE DATABASE app OWNER app");
  const database = server.open("app");
  await database.pool({ max: 1 }).query(attachmentTableSql());
  // What the old emitter sends reaches old adapters only.
  const clients = await Promise.all(
    NEWEST_OF_EACH_KIND.map(async (adapter) => {
      const cluster = await clusterFor(t, database, { adapter, servers: 1, createTable: false });
      return inbox(await cluster.connect(0), adapter);
    }),
  );
  const io = emitterFor(t, database);
  const lines = code.split("\n");
  const side = (sign) =>
    lines
      .filter((line) => line.startsWith(sign) || line.startsWith(" ") || line === "")
      .map((line) => line.slice(1))
      .join("\n");
  const env = { PGPORT: String(database.config.port), PGPASSWORD: "secret" };
  const before = await application.start(side("-"), database, env);
  const news = ["news", "hello"];
  t.deepEqual(await clients[0].until("news"), news);
  // Its pool keeps a connection for ten seconds, and the process as long.
  before.child.kill();
  t.deepEqual(await fence(io, clients), [[news], []]);
  await endsWell(t, await application.start(side("+"), database, env));
  t.deepEqual(await fence(io, clients), [[news], [news]]);
}

/** A relay with what it needs, which publishes until it is told to end. */
async function relaying(t, { code, postgres, application }) {
  const database = await postgres.database();
  const cluster = await clusterFor(t, database, { createTable: false });
  const client = inbox(await cluster.connect(0));
  const program = await application.start(`${code}\nconsole.log("ready");`, database);
  await program.until(({ stdout }) => stdout === "ready\n");
  const pool = database.pool({ max: 1 });
  await pool.query("SELECT socket_io_emit('short', '[1]')");
  await pool.query("SELECT socket_io_emit('long', jsonb_build_array(repeat('x', 9000)))");
  t.deepEqual(await client.until("short"), ["short", 1]);
  t.deepEqual(await client.until("long"), ["long", "x".repeat(9_000)]);
  program.child.kill("SIGTERM");
  await endsWell(t, program, "ready\n");
}

/** A file of tests, all of which succeed. */
async function tests(t, { name, code, application }) {
  const port = String(await freePort());
  const file = code.replace("port = 5433", `port = ${port}`);
  const place = `${name.replaceAll(/\W+/g, "-")}.test.mjs`;
  await application.write(place, file);
  const { code: exitCode, stdout, stderr } = await application.shell(`node --test ${place}`).ended;
  t.is(exitCode, 0, stdout + stderr);
  t.regex(stdout, new RegExp(`pass ${code.match(/^test\(/gm).length}\\b`));
}

export const JAVASCRIPT = [
  { block: `README.md > ${FIRST} > 1`, run: firstCode },
  { block: `README.md > ${FIRST} > 2`, run: transaction },
  { block: `README.md > ${FIRST} > 3`, run: servers },
  { block: "docs/reference.md > Errors > 1", run: errors },
  {
    block: "docs/moving-over.md > Moving over from @socket.io/postgres-emitter > 2",
    run: movingOver,
  },
  { block: "docs/transactions.md > Inside your own transaction > 1", run: transaction },
  { block: "docs/outbox.md > The outbox > 1", run: relaying },
  { block: "docs/deploying.md > Serverless functions > 1", run: handler },
  { block: "docs/deploying.md > Ending > 1", run: ending },
  { block: "docs/observability.md > Traces > 1", run: traces },
  { block: "docs/testing.md > Without a database > 1", run: tests },
  { block: "docs/testing.md > Without a database > 2", run: tests },
  { block: "docs/testing.md > With PostgreSQL > 1", run: tests },
];
