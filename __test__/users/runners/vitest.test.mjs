// Vitest, in each of its pools.
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";
import { afterAll, expect, test, vi } from "vitest";

const io = new Emitter(process.env.DATABASE_URL);
afterAll(() => io.close());

test("an emitter sends, and gives what Vitest can compare", async () => {
  await expect(io.emit("ran", process.env.RUN)).resolves.toBeUndefined();
  await expect(io.emit("connect")).rejects.toThrow(EmitterError);
  expect(io.stats()).toStrictEqual({ ...io.stats(), messages: 1, failed: 1 });
  expect(io.statement("emit", "news").values).toBeInstanceOf(Array);
});

test("fake timers neither stop it nor count it", async () => {
  vi.useFakeTimers();
  await io.emit("ran", "under fake timers");
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await io.flush();
});
