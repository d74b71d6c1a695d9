// Jest with ES modules.
import { afterAll, expect, jest, test } from "@jest/globals";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL);
afterAll(() => io.close());

test("an emitter sends, also under fake timers", async () => {
  jest.useFakeTimers();
  await expect(io.emit("ran", process.env.RUN)).resolves.toBeUndefined();
  await expect(io.emit("connect")).rejects.toThrow(EmitterError);
  jest.useRealTimers();
  expect(io.stats()).toStrictEqual({ ...io.stats(), messages: 1, failed: 1 });
  expect(io.statement("emit", "news").values).toBeInstanceOf(Array);
});
