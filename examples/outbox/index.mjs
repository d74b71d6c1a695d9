// Events if, and only if, the change was committed: `node examples/outbox/index.mjs`, in a clone that is set up
// (`npm run setup`). It starts PostgreSQL, two Socket.IO servers, two customers and an order service
// in a process of its own (service.mjs), places orders, and compares what the customers heard with
// what the database holds.

import { deepStrictEqual, ok } from "node:assert";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { attachmentTableSql, Emitter } from "socket.io-postgres-emitter-rs";
import { startCluster } from "../../tools/cluster.mjs";
import { startPostgres } from "../../tools/postgres.mjs";

const SERVICE = fileURLToPath(new URL("./service.mjs", import.meta.url));
const PATIENCE_MS = 10_000;
const SCHEMA = `
  CREATE TABLE stock (product text PRIMARY KEY, quantity int CHECK (quantity >= 0));
  CREATE TABLE orders (id serial PRIMARY KEY, customer text, product text REFERENCES stock, quantity int);
  INSERT INTO stock VALUES ('chair', 3);
  ${attachmentTableSql()}`;

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
  return { heard, until };
}

/** Kills the service while it waits for the stock, with the events of its order already sent. */
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
  const deadline = performance.now() + PATIENCE_MS;
  // No event tells that a session waits.
  while ((await pool.query(waiting)).rowCount === 0) {
    ok(performance.now() < deadline, "the service never came to the stock");
  }
  service.child.kill("SIGKILL");
  await Promise.all([lost, service.exited]);
  await lock.query("ROLLBACK");
  lock.release();
}

async function play() {
  const postgres = await startPostgres();
  onEnd(() => postgres.stop());
  const pool = postgres.pool();
  await pool.query(SCHEMA);
  const cluster = await startCluster({ server: postgres, createTable: false });
  onEnd(() => cluster.close());
  const ann = await join(cluster, 0, "ann");
  const ben = await join(cluster, 1, "ben");
  console.log("An order service, two Socket.IO servers, two customers and three chairs.");

  const service = await startService(postgres.connectionString);
  deepStrictEqual(await service.order("ann", 2), 201);
  await ann.until("invoice", 1);
  deepStrictEqual(await service.order("ben", 2), 409);
  await killInTheMiddle(pool, service);
  const another = await startService(postgres.connectionString);
  deepStrictEqual(await another.order("ben", 1), 201);
  const { rows: orders } = await pool.query("SELECT * FROM orders ORDER BY id");
  await ben.until("invoice", orders.at(-1).id);

  await Emitter.using(pool).emit("fence");
  await Promise.all([ann.until("fence"), ben.until("fence")]);
  const told = (name, { heard }) =>
    heard
      .filter(([event]) => event === "ordered")
      .map(([, content]) => ({ customer: name, ...content }));
  deepStrictEqual([...told("ann", ann), ...told("ben", ben)], orders);
  for (const { heard } of [ann, ben]) {
    const stock = heard.filter(([event]) => event === "stock").map(([, { left }]) => left);
    deepStrictEqual(stock, [1, 0]);
    deepStrictEqual(heard.filter(([event]) => event === "invoice").length, 1);
  }
  console.log(`\n✔ the customers were told of ${orders.length} orders: those in the database`);
}

const timer = setTimeout(() => {
  console.error("it takes too long");
  // PostgreSQL and the service end with this process.
  process.exit(1);
}, 4 * PATIENCE_MS);

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
