// Next.js: a route handler, as `app/news/route.js`. See docs/bundlers.md for `serverExternalPackages`.
import { Emitter } from "socket.io-postgres-emitter-rs";

// Outside of the handler, so that requests share a connection; once, although `next dev` loads it again.
globalThis.io ??= new Emitter(process.env.DATABASE_URL ?? null);

export async function POST(request) {
  const { title } = await request.json();
  await globalThis.io.emit("news", title);
  return Response.json({ sent: title });
}
