import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Emitter } from "socket.io-postgres-emitter-rs";

const db = drizzle(process.env.DATABASE_URL);

/** Drizzle numbers the parameters itself: each occurs once, in its order. */
function toSql(text, values) {
  const parts = text.split(/\$\d+/).map((part) => sql.raw(part));
  const parameters = values.map((value) => sql`${value}`);
  return sql.join(parts.flatMap((part, index) => [part, parameters[index] ?? sql.empty()]));
}

export function pay(id, receipt, { outbox = true } = {}) {
  return db.transaction(async (tx) => {
    const run = (text, values) => tx.execute(toSql(text, values));
    const io = outbox ? Emitter.outbox(run) : Emitter.using(run);
    await tx.execute(sql`UPDATE orders SET state = 'paid' WHERE id = ${id}`);
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await tx.execute(sql`UPDATE account SET balance = balance - 10`);
  });
}

export const close = () => db.$client.end();
