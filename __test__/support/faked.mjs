// Everything an emitter does while time is faked, and after. Run with: connection string, when the package is loaded
// ("before" the fakes or "under" them), and whose fakes they are.

import { mock } from "node:test";
import FakeTimers from "@sinonjs/fake-timers";
import pg from "pg";

const [connectionString, when, whose] = process.argv.slice(2);

const FAKES = {
  sinon() {
    // All that there is but `process.nextTick`, without which Node's own sockets stand still.
    const toFake = Object.keys(FakeTimers.timers).filter((name) => name !== "nextTick");
    const clock = FakeTimers.install({ toFake });
    return () => clock.uninstall();
  },
  "node:test"() {
    // Node 20 warns of it.
    process.removeAllListeners("warning");
    mock.timers.enable();
    return () => mock.timers.reset();
  },
};

const load = () => import("../../index.js");
const client = new pg.Client({ connectionString });
await client.connect();

let loaded = when === "before" ? await load() : undefined;
const restore = FAKES[whose]();
loaded ??= await load();
const { Emitter, EmitterError } = loaded;

const seen = [];
const errorHandler = ({ code }) => seen.push(code);
const io = new Emitter(connectionString, "/", { errorHandler });

async function ask() {
  if ((await io.serverCount()) !== 1) throw new Error("one server");
  const answers = await io.serverSideEmitWithAck("who");
  const [failure, told] = await new Promise((resolve) => {
    io.serverSideEmit("who", (...given) => resolve(given));
  });
  if (failure !== null || answers.concat(told).join() !== "it is me,it is me") throw failure;
  const late = await io
    .timeout(50)
    .serverSideEmitWithAck("silent")
    .catch(({ code }) => code);
  if (late !== "ERR_ACK_TIMEOUT") throw new Error(`no timeout: ${late}`);
}

async function all() {
  await io.ensureTable();
  await io.ensureOutbox();
  await io.emit("short");
  await io.emit("bytes", Buffer.alloc(9));
  for (const how of [() => io.emit("said", 1n), () => io.emit("connect")]) {
    const error = await how().catch((reason) => reason);
    if (!(error instanceof EmitterError)) throw error;
  }
  await ask();
  await io.using(client).emit("using");
  await io.outbox(client).emit("outbox");
  const relay = io.relay();
  await relay.drain();
  await relay.close();
  await io.flush();
}

await all();
restore();
await all();
await io.emit("end");
await io.close();
await client.end();
process.stdout.write(JSON.stringify(seen));
