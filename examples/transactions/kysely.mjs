import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { Emitter } from "socket.io-postgres-emitter-rs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const db = new Kysely({ dialect: new PostgresDialect({ pool }) });

export function pay(id, receipt, { outbox = true } = {}) {
  return db.transaction().execute(async (trx) => {
    const run = (text, values) => trx.executeQuery(CompiledQuery.raw(text, values));
    const io = outbox ? Emitter.outbox(run) : Emitter.using(run);
    await trx.updateTable("orders").set({ state: "paid" }).where("id", "=", id).execute();
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await trx
      .updateTable("account")
      .set((eb) => ({ balance: eb("balance", "-", 10) }))
      .execute();
  });
}

export const close = () => db.destroy();
