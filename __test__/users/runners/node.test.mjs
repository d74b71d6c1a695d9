// node:test, and what takes its place in Bun and in Deno.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Emitter, EmitterError } from "socket.io-postgres-emitter-rs";

const io = new Emitter(process.env.DATABASE_URL);
after(() => io.close());

test("an emitter sends", async () => {
  await io.emit("ran", process.env.RUN);
  await assert.rejects(io.emit("connect"), EmitterError);
  assert.deepStrictEqual(io.stats(), { ...io.stats(), messages: 1, failed: 1 });
  assert.ok(Array.isArray(io.statement("emit", "news").values));
});
