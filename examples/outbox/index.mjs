// Events if, and only if, the change was committed: `node examples/outbox/index.mjs`, in a clone that is set up
// (`npm run setup`). It starts PostgreSQL, two Socket.IO servers, two customers, an order service
// (service.mjs) and a relay, each in a process of its own, places orders, kills the service, ends the
// relay, and compares what the customers heard with what the database holds.

import { deepStrictEqual, ok } from "node:assert";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { attachmentTableSql, Emitter, outboxSql } from "socket.io-postgres-emitter-rs";
import { startCluster } from "../../tools/cluster.mjs";
import { startPostgres } from "../../tools/postgres.mjs";

const SERVICE = fileURLToPath(new URL("./service.mjs", import.meta.url));
const COMMANDS = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const TIMEOUT_MS = 10_000;
const SCHEMA = `
  CREATE TABLE stock (product text PRIMARY KEY, quantity int CHECK (quantity >= 0));
  CREATE TABLE orders (id serial PRIMARY KEY, customer text, product text REFERENCES stock, quantity int);
  INSERT INTO stock VALUES ('chair', 4);
  ${attachmentTableSql()}
  ${outboxSql()}`;

const endings = [];
const onEnd = (end) => endings.unshift(end);

async function startService(connectionString) {
  const child = fork(SERVICE, { env: { ...process.env, DATABASE_URL: connectionString } });
  const exited = once(child, "exit");
  onEnd(() => {
    child.kill("SIGKILL");
    return exited;
  });
  const [{ port }] = await once(child, "message");
  const order = async (customer, quantity) => {
    const body = JSON.stringify({ customer, product: "chair", quantity });
    console.log(`\n→ ${customer} orders ${quantity}`);
    const response = await fetch(`http://127.0.0.1:${port}/orders`, { method: "POST", body });
    console.log(`  the service answers ${response.status} ${await response.text()}`);
    return response.status;
  };
  return { child, exited, order };
}

/** `npx socket.io-postgres-emitter-rs relay`, once it is active. */
async function startRelay(connectionString) {
  const child = spawn(process.execPath, [COMMANDS, "relay", "--json", "--url", connectionString], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const end = async () => {
    child.kill("SIGTERM");
    const [code] = await exited;
    return code;
  };
  onEnd(end);
  let state;
  for await (const line of createInterface(child.stdout)) {
    ({ state } = JSON.parse(line));
    if (state === "active") break;
  }
  ok(state === "active", "the relay has ended early");
  console.log("\na relay publishes what is committed");
  return { end };
}

/** A customer in a room of her own. `heard` is all she was told; `until` waits for one more of it. */
async function join(cluster, server, name) {
  const socket = await cluster.connect(server, "/", { rooms: [name] });
  const heard = [];
  socket.onAny((event, content) => {
    heard.push([event, content]);
    if (event !== "fence") {
      console.log(`  ${name.padEnd(4)} ← ${event}`, content);
    }
  });
  const until = async (event, id) => {
    while (!heard.some(([name, content]) => name === event && content?.id === id)) {
      await new Promise((resolve) => socket.onAny(resolve));
    }
  };
  return { name, heard, until };
}

/** Kills the service while it waits for the stock, with the events of its order already written. */
async function killInTheMiddle(pool, service) {
  const lock = await pool.connect();
  await lock.query("BEGIN");
  // As weak as it can be: the order itself may be written, and refer to the chair.
  await lock.query("SELECT FROM stock FOR NO KEY UPDATE");
  const lost = service
    .order("ben", 1)
    .catch(() => console.log("  the service was killed before it could commit"));
  const waiting =
    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '^UPDATE'";
  const deadline = performance.now() + TIMEOUT_MS;
  // No event tells that a session waits.
  while ((await pool.query(waiting)).rowCount === 0) {
    ok(performance.now() < deadline, "the service never came to the stock");
  }
  service.child.kill("SIGKILL");
  await Promise.all([lost, service.exited]);
  await lock.query("ROLLBACK");
  lock.release();
}

/** Compares what the customers were told with what is in the database. */
function compare(orders, customers) {
  const told = ({ name, heard }) =>
    heard
      .filter(([event]) => event === "ordered")
      .map(([, content]) => ({ customer: name, ...content }));
  for (const customer of customers) {
    const { name, heard } = customer;
    const own = orders.filter((order) => order.customer === name);
    deepStrictEqual(told(customer), own);
    const invoices = heard.filter(([event]) => event === "invoice").map(([, { id }]) => id);
    deepStrictEqual(
      invoices,
      own.map(({ id }) => id),
    );
    const stock = heard.filter(([event]) => event === "stock").map(([, { left }]) => left);
    deepStrictEqual(stock, [2, 1, 0]);
  }
}

async function play() {
  const postgres = await startPostgres();
  onEnd(() => postgres.stop());
  const pool = postgres.pool();
  await pool.query(SCHEMA);
  const io = new Emitter(postgres.connectionString);
  onEnd(() => io.close());
  const cluster = await startCluster({ server: postgres, createTable: false });
  onEnd(() => cluster.close());
  const ann = await join(cluster, 0, "ann");
  const ben = await join(cluster, 1, "ben");
  console.log("An order service, two Socket.IO servers, two customers and four chairs.");

  const relay = await startRelay(postgres.connectionString);
  const service = await startService(postgres.connectionString);
  deepStrictEqual(await service.order("ann", 2), 201);
  await ann.until("invoice", 1);
  deepStrictEqual(await service.order("ben", 3), 409);
  await killInTheMiddle(pool, service);

  const another = await startService(postgres.connectionString);
  const lastOrder = async () => {
    const { rows } = await pool.query("SELECT max(id) AS id FROM orders");
    return rows[0].id;
  };
  deepStrictEqual(await another.order("ben", 1), 201);
  await ben.until("invoice", await lastOrder());

  deepStrictEqual(await relay.end(), 0);
  console.log("\nthe relay has ended");
  deepStrictEqual(await another.order("ann", 1), 201);
  const { waiting } = await io.outboxStatus();
  console.log(`  ${waiting} messages wait in the outbox`);
  deepStrictEqual(waiting, 3);
  await startRelay(postgres.connectionString);
  await ann.until("invoice", await lastOrder());

  // What committed before it is published before it.
  await Emitter.outbox(pool).emit("fence");
  await Promise.all([ann.until("fence"), ben.until("fence")]);
  const { rows: orders } = await pool.query("SELECT * FROM orders ORDER BY id");
  compare(orders, [ann, ben]);
  console.log(`\n✔ the customers were told of ${orders.length} orders: those in the database`);
}

const timer = setTimeout(() => {
  console.error("it takes too long");
  // PostgreSQL and the service end with this process.
  process.exit(1);
}, 4 * TIMEOUT_MS);

try {
  await play();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const end of endings) {
    await end();
  }
  clearTimeout(timer);
}
