import Fastify from "fastify";
import { emitter } from "./frameworks/fastify.mjs";

const app = Fastify();
app.register(emitter, { connection: process.env.DATABASE_URL });
app.post("/news", async (request, reply) => {
  await request.server.io.emit("news", request.body.title);
  return reply.code(204).send();
});
const { statusCode } = await app.inject({
  method: "POST",
  url: "/news",
  payload: { title: "Fastify" },
});
await app.close();
if (statusCode !== 204 || app.io.state !== "closed") process.exitCode = 1;
