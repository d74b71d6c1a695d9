// Deno's own test runner.
import assert from "node:assert/strict";
import process from "node:process";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

// Whatever the emitter opens is native, so Deno's sanitizers see none of it.
Deno.test("an emitter sends", async () => {
  const io = new Emitter(process.env.DATABASE_URL);
  await io.emit("ran", process.env.RUN);
  await assert.rejects(io.emit("connect"), EmitterError);
  await io.close();
});
