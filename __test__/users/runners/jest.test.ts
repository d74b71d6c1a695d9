// ts-jest, which checks the types.
import { afterAll, expect, jest, test } from "@jest/globals";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

interface Events {
  ran: (what: string) => void;
}

const io = new Emitter<Events>(process.env.DATABASE_URL ?? null);
afterAll(() => io.close());

test("an emitter sends, also under fake timers", async () => {
  jest.useFakeTimers();
  await expect(io.emit("ran", String(process.env.RUN))).resolves.toBeUndefined();
  jest.useRealTimers();
  expect(io.statement("emit", "ran", "no").values).toBeInstanceOf(Array);
  await io.close();
  await expect(io.emit("ran", "closed")).rejects.toThrow(EmitterError);
  const code: EmitterError["code"] = await io.emit("ran", "").catch(({ code }) => code);
  expect(code).toBe("ERR_CLOSED");
});
