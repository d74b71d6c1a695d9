// Whether the addon works on this machine: loads, sends a message inside a NOTIFY and one through the
// table, closes, and lets the process end. `node tools/smoke.mjs`, with the address of a database, or
// with none to start PostgreSQL, or with `--no-server` where there is none.

import assert from "node:assert/strict";
import { Emitter } from "../index.js";

const NOWHERE = "postgres://nobody@127.0.0.1:1/nowhere";

/** Without a server: the thread, the connection and the promise's way back are there. */
async function refused() {
  const io = new Emitter(NOWHERE);
  await assert.rejects(io.connect(), { name: "EmitterError", code: "ECONNREFUSED" });
  await io.close();
}

async function sent(connectionString) {
  const { listen } = await import("./listener.mjs");
  const io = new Emitter(connectionString);
  await io.ensureTable();
  const listener = await listen(connectionString, io.channel);
  await Promise.all([io.emit("smoke", 1), io.emit("smoke", Buffer.alloc(10_000))]);
  await io.close();
  const [inline, attachment] = (await listener.next(2)).map(({ payload }) => JSON.parse(payload));
  await listener.close();
  assert.deepEqual(inline.data.packet.data, ["smoke", 1]);
  assert.match(attachment.attachmentId, /^\d+$/);
}

const [argument] = process.argv.slice(2);
if (argument === "--no-server") {
  await refused();
} else if (argument) {
  await sent(argument);
} else {
  const { startPostgres } = await import("./postgres.mjs");
  const postgres = await startPostgres();
  try {
    await sent(postgres.connectionString);
  } finally {
    await postgres.stop();
  }
}
console.log(`works on ${process.platform} ${process.arch}, Node.js ${process.version}`);
