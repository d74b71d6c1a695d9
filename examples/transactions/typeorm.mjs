import { Emitter } from "socket.io-postgres-emitter-rs";
import { DataSource } from "typeorm";

const source = new DataSource({ type: "postgres", url: process.env.DATABASE_URL });
await source.initialize();

export function pay(id, receipt, { outbox = true } = {}) {
  return source.transaction(async (manager) => {
    const io = outbox ? Emitter.outbox(manager) : Emitter.using(manager);
    await manager.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await manager.query("UPDATE account SET balance = balance - 10");
  });
}

export const close = () => source.destroy();
