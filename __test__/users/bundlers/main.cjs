const { Emitter } = require("socket.io-postgres-emitter-rs");

async function main() {
  const io = new Emitter(process.env.DATABASE_URL ?? null);
  await io.emit("ran", process.env.RUN);
  await Emitter.using(async () => {}).emit("news");
  await io.close();
}

main();
