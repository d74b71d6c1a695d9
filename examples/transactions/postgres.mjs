import postgres from "postgres";
import { Emitter } from "socket.io-postgres-emitter-rs";

const sql = postgres(process.env.DATABASE_URL);

export function pay(id, receipt, { outbox = true } = {}) {
  return sql.begin(async (tx) => {
    const run = (text, values) => tx.unsafe(text, values);
    const io = outbox ? Emitter.outbox(run) : Emitter.using(run);
    await tx`UPDATE orders SET state = 'paid' WHERE id = ${id}`;
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await tx`UPDATE account SET balance = balance - 10`;
  });
}

export const close = () => sql.end();
