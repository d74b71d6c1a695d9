import { PGlite } from "@electric-sql/pglite";
import { Emitter } from "socket.io-postgres-emitter-rs";

export const db = await PGlite.create();

export function pay(id, receipt) {
  return db.transaction(async (tx) => {
    await tx.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
    await Emitter.using(tx).to(`order:${id}`).emit("paid", { id, receipt });
    await tx.query("UPDATE account SET balance = balance - 10");
  });
}

export const close = () => db.close();
