import { PGlite } from "@electric-sql/pglite";
import { Emitter } from "socket.io-postgres-emitter-rs";

export const db = await PGlite.create();

export function pay(id, receipt, { outbox = true } = {}) {
  return db.transaction(async (tx) => {
    const io = outbox ? Emitter.outbox(tx) : Emitter.using(tx);
    await tx.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await tx.query("UPDATE account SET balance = balance - 10");
  });
}

export const close = () => db.close();
