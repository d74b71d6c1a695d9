// The process with the emitter. It runs no Socket.IO server, and holds no client: all it has is the
// address of the database. The demo tells it over IPC what to call.

import { setImmediate } from "node:timers/promises";
import { Emitter } from "../../index.js";

const emitter = new Emitter(process.argv[2]);

/** `[["to", "news"], ["emit", "hello"]]` is `emitter.to("news").emit("hello")`. */
async function call(steps) {
  let value = emitter;
  for (const [name, ...args] of steps) {
    const key = name === "asyncDispose" ? Symbol.asyncDispose : name;
    value = typeof value[key] === "function" ? value[key](...args) : value[key];
  }
  return await value;
}

/** Emits `count` events without awaiting one, then tells how many were settled after `flush()`. */
async function burst(event, count) {
  let settled = 0;
  for (let number = 1; number <= count; number++) {
    emitter.emit(event, number).then(() => {
      settled++;
    });
  }
  await emitter.flush();
  // Promises that settle together run their callbacks one after the other: let them.
  await setImmediate();
  return settled;
}

const commands = { call, burst };

async function answer({ command, args }) {
  try {
    return { result: await commands[command](...args) };
  } catch ({ code, message }) {
    return { error: { code, message } };
  }
}

process.on("message", async ({ id, ...request }) => {
  const reply = await answer(request);
  if (process.connected) {
    process.send({ id, ...reply });
  }
});

// Ctrl-C reaches every process of the terminal; the demo decides when this one ends.
process.on("SIGINT", () => {});

// The demo is over, or was killed. With its connection closed nothing holds this process.
process.once("disconnect", () => emitter.close());
process.send({ id: "ready" });
