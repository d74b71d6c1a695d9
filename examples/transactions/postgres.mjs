import postgres from "postgres";
import { Emitter } from "socket.io-postgres-emitter-rs";

const sql = postgres(process.env.DATABASE_URL);

export function pay(id, receipt) {
  return sql.begin(async (tx) => {
    const io = Emitter.using((text, values) => tx.unsafe(text, values));
    await tx`UPDATE orders SET state = 'paid' WHERE id = ${id}`;
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await tx`UPDATE account SET balance = balance - 10`;
  });
}

export const close = () => sql.end();
