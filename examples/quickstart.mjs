import { Emitter } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL);
await io.ensureTable(); // once for each database: long or binary messages go through this table

await io.emit("news", "hello, everybody");
await io.to("order:17").except("staff").emit("paid", { at: new Date(), total: 49.9 });
await io.of("/admin").emit("report", Buffer.from([1, 2, 3]));
await io.in("order:17").socketsJoin("paid-orders");

await io.close();
