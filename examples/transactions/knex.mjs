import createKnex from "knex";
import { Emitter } from "socket.io-postgres-emitter-rs";

const knex = createKnex({ client: "pg", connection: process.env.DATABASE_URL });

export function pay(id, receipt, { outbox = true } = {}) {
  return knex.transaction(async (trx) => {
    // Knex counts question marks: each parameter occurs once, in its order.
    const run = (text, values) => trx.raw(text.replace(/\$\d+/g, "?"), values);
    const io = outbox ? Emitter.outbox(run) : Emitter.using(run);
    await trx("orders").where({ id }).update({ state: "paid" });
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await trx("account").decrement("balance", 10);
  });
}

export const close = () => knex.destroy();
