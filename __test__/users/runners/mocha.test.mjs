// Mocha, with Sinon's fakes.
import assert from "node:assert/strict";
import { useFakeTimers } from "sinon";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

describe("an emitter", () => {
  const io = new Emitter(process.env.DATABASE_URL);
  after(() => io.close());

  it("sends, also under fake timers", async () => {
    const clock = useFakeTimers();
    await io.emit("ran", process.env.RUN);
    clock.restore();
    await assert.rejects(io.emit("connect"), EmitterError);
    await io.flush();
  });
});
