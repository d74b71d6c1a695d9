// graphile-worker: clients hear of a job's work when it is committed, and not when it is rolled back.
import { Emitter } from "socket.io-postgres-emitter-rs";

export const pay = (payload, { withPgClient }) =>
  withPgClient(async (client) => {
    await client.query("BEGIN");
    try {
      await client.query("UPDATE orders SET state = 'paid' WHERE id = $1", [payload.id]);
      await Emitter.outbox(client).to(`order:${payload.id}`).emit("paid", payload);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    }
  });
