// The shop of docs/transactions.md: its tables, and customers who wait for their orders.

import { attachmentTableSql, outboxSql } from "../../index.js";
import { startCluster } from "../../tools/cluster.mjs";
import { inbox } from "./clients.mjs";
import { blocksFor } from "./documents/blocks.mjs";

const [TABLES] = blocksFor("recipes.spec.mjs").filter(({ language }) => language === "sql");

/** Seven orders of 10, and money for six. */
export const SCHEMA = `
  ${TABLES.code}
  INSERT INTO orders SELECT id, 'open' FROM generate_series(1, 7) AS id;
  INSERT INTO account VALUES (60);
  ${attachmentTableSql()}${outboxSql()}`;

/** The order that there is no money for. */
export const UNPAID = 7;

/** A shop, with one customer for the first six orders and another for the last. */
export async function openShop(t, postgres) {
  const database = await postgres.database(SCHEMA);
  const cluster = await startCluster({ server: database, servers: 1 });
  t.teardown(() => cluster.close());
  const rooms = Array.from({ length: 6 }, (_, index) => `order:${index + 1}`);
  const customer = inbox(await cluster.connect(0, "/", { rooms }), "the customer");
  const other = inbox(await cluster.connect(0, "/", { rooms: [`order:${UNPAID}`] }), "the other");
  const pool = database.pool({ max: 1 });
  const states = async () => {
    const { rows } = await pool.query("SELECT state FROM orders ORDER BY id");
    return rows.map(({ state }) => state);
  };
  return { database, pool, customer, other, states };
}
