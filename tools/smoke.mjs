// Whether the addon works on this machine: loads, sends every kind of message to a Socket.IO server and
// gets its answers, speaks TLS, closes, and lets the process end. `node tools/smoke.mjs`, with the
// address of a database, or with none to start PostgreSQL, or with `--no-server` where there is none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Emitter } from "../index.js";
import { encrypted } from "./smoke-tls.mjs";

const NOWHERE = "postgres://nobody@127.0.0.1:1/nowhere";

/** Without a server: the thread, the connection and the promise's way back are there. */
async function refused() {
  const io = new Emitter(NOWHERE);
  await assert.rejects(io.connect(), { name: "EmitterError", code: "ECONNREFUSED" });
  await io.close();
}

/** A message inside the NOTIFY, and as it stands there. */
async function heard(connectionString) {
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

/** A client of a Socket.IO server gets what was sent, and the emitter its answers. */
async function received(connectionString) {
  const { startCluster } = await import("./cluster.mjs");
  const cluster = await startCluster({ connectionString, servers: 1 });
  const io = new Emitter(connectionString);
  try {
    const client = await cluster.connect(0, "/", { rooms: ["smoke"] });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const long = "long ".repeat(5_000);
    const arrived = Promise.all(["inline", "bytes", "long"].map((event) => once(client, event)));
    io.to("smoke").emit("inline", { a: [1, "é", null] });
    io.to("smoke").emit("bytes", bytes);
    io.to("smoke").emit("long", long);
    assert.deepEqual(await arrived, [[{ a: [1, "é", null] }], [bytes], [long]]);

    cluster.servers[0].io.on("double", (number, answer) => answer(2 * number));
    client.on("reverse", (text, answer) => answer([...text].reverse().join("")));
    assert.deepEqual(await io.serverSideEmitWithAck("double", 21), [42]);
    assert.deepEqual(await io.timeout(30_000).emitWithAck("reverse", "abc"), ["cba"]);
    assert.deepEqual(
      (await io.in("smoke").fetchSockets()).map(({ id }) => id),
      [client.id],
    );
  } finally {
    await io.close();
    await cluster.close();
  }
}

async function sent(connectionString) {
  await heard(connectionString);
  await received(connectionString);
  return `messages, bytes, an attachment, answers; ${await encrypted(connectionString)}`;
}

async function sentToOwn() {
  const { startPostgres } = await import("./postgres.mjs");
  const postgres = await startPostgres();
  try {
    return await sent(postgres.connectionString);
  } finally {
    await postgres.stop();
  }
}

const [argument] = process.argv.slice(2);
await refused();
let done;
if (argument === "--no-server") done = `no server; ${await encrypted()}`;
else done = argument ? await sent(argument) : await sentToOwn();
console.log(`works on ${process.platform} ${process.arch}, Node.js ${process.version}: ${done}`);
