// Bun's own test runner.
import { afterAll, expect, test } from "bun:test";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL);
afterAll(() => io.close());

test("an emitter sends", async () => {
  await io.emit("ran", process.env.RUN);
  expect(await io.emit("connect").catch((error) => error)).toBeInstanceOf(EmitterError);
  expect(io.stats()).toEqual({ ...io.stats(), messages: 1, failed: 1 });
});
