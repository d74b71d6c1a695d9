// AWS Lambda: the emitter is outside of the handler, and each message is awaited.
import { Emitter } from "socket.io-postgres-emitter-rs";

// Each instance has a connection of its own: with many of them, go through RDS Proxy or a pooler.
const io = new Emitter(process.env.DATABASE_URL ?? null, "/", { publishTimeoutMillis: 5_000 });

export async function handler({ Records: records }) {
  await Promise.all(records.map(({ body }) => io.emit("news", JSON.parse(body))));
}
