import { Emitter } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL ?? null);

export async function POST(request) {
  await io.emit("ran", await request.json());
  return new Response();
}
