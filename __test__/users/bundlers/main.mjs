import { Emitter } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL ?? null);
await io.emit("ran", process.env.RUN);
// What is loaded when first needed.
await io.outboxStatus(0).catch(({ code }) => code === "42P01" || process.exit(2));
await io.serverCount();
await Emitter.using(async () => {}).emit("news");
await io.close();
