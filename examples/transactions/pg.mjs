import pg from "pg";
import { Emitter } from "socket.io-postgres-emitter-rs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

export async function pay(id, receipt, { outbox = true } = {}) {
  const client = await pool.connect();
  const io = outbox ? Emitter.outbox(client) : Emitter.using(client);
  try {
    await client.query("BEGIN");
    await client.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await client.query("UPDATE account SET balance = balance - 10");
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

export const close = () => pool.end();
