// An order service: `POST /orders` with {"customer", "product", "quantity"}. An order, what it takes
// from the stock, and what the customers are told of it are one transaction, and there is no moment at
// which one exists without the other. A relay, in any process, publishes what is committed.

import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import pg from "pg";
import { Emitter } from "socket.io-postgres-emitter-rs";

const OUT_OF_STOCK = "23514";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** The part that knows of orders, and of no connection. */
async function order(client, { customer, product, quantity }) {
  const io = Emitter.outbox(client);
  const { rows } = await client.query(
    "INSERT INTO orders (customer, product, quantity) VALUES ($1, $2, $3) RETURNING id",
    [customer, product, quantity],
  );
  const [{ id }] = rows;
  // Where it is convenient, not where it is safe: all of it counts with the commit, or not at all.
  await io.to(customer).emit("ordered", { id, product, quantity });
  await io.to(customer).emit("invoice", { id, pdf: Buffer.from(`%PDF of order ${id}`) });
  const stock = await client.query(
    "UPDATE stock SET quantity = quantity - $2 WHERE product = $1 RETURNING quantity AS left",
    [product, quantity],
  );
  await io.emit("stock", { product, ...stock.rows[0] });
  return { id };
}

async function answer(request, response) {
  try {
    const wanted = await json(request);
    const placed = await inTransaction((client) => order(client, wanted));
    response.writeHead(201).end(JSON.stringify(placed));
  } catch (error) {
    const status = error.code === OUT_OF_STOCK ? 409 : 500;
    response.writeHead(status).end(JSON.stringify({ error: error.message }));
  }
}

const server = createServer(answer).listen(0, "127.0.0.1", () => process.send(server.address()));
// The process that started it has gone.
process.on("disconnect", () => process.exit());
