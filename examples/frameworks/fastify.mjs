// Fastify: `app.register(emitter, { connection })`, then `app.io` and `request.server.io`.
import fp from "fastify-plugin";
import { Emitter } from "socket.io-postgres-emitter-rs";

export const emitter = fp(async (app, { connection, nsp, ...options }) => {
  const errorHandler = (error) => app.log.error(error);
  app.decorate("io", new Emitter(connection, nsp, { errorHandler, ...options }));
  app.addHook("onClose", () => app.io.close());
});
