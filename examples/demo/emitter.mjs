// The process with the emitter. It runs no Socket.IO server, and holds no client: all it has is the
// address of the database. The demo tells it over IPC what to call.

import { setImmediate } from "node:timers/promises";
import { Emitter } from "../../index.js";
import { createTransactions } from "./transactions.mjs";

const [connectionString] = process.argv.slice(2);
const tellState = () => process.connected && process.send({ id: "state" });
const emitter = new Emitter(connectionString, "/", { onStateChange: tellState });

/** `[["to", "news"], ["emit", "hello"]]` is `emitter.to("news").emit("hello")`. */
function follow(emitter, steps) {
  let value = emitter;
  for (const [name, ...args] of steps) {
    const key = name === "asyncDispose" ? Symbol.asyncDispose : name;
    value = typeof value[key] === "function" ? value[key](...args) : value[key];
  }
  return value;
}

/**
 * Emits `count` events to `targets` without awaiting one, then tells how many were settled after
 * `flush()`; throws the first error, if there was any.
 */
async function burst(targets, event, count) {
  const target = follow(emitter, targets);
  let settled = 0;
  const errors = [];
  for (let number = 1; number <= count; number++) {
    target.emit(event, number).then(
      () => settled++,
      (error) => errors.push(error),
    );
  }
  await emitter.flush();
  // Promises that settle together run their callbacks one after the other: let them.
  await setImmediate();
  if (errors.length > 0) {
    throw errors[0];
  }
  return settled;
}

const { startRelay, ...transactions } = createTransactions(emitter, connectionString, follow);
const commands = {
  call: (steps) => follow(emitter, steps),
  burst,
  ...transactions,
  startRelay: () => startRelay(tellState),
};

async function answer({ command, args }) {
  const begin = performance.now();
  const passed = () => performance.now() - begin;
  try {
    const result = await commands[command](...args);
    return { result, millis: passed() };
  } catch ({ name, code = name, message, responses }) {
    return { error: { code, message, responses }, millis: passed() };
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

// The demo is over, or was killed. With its connections closed nothing holds this process.
process.once("disconnect", async () => {
  await transactions.closeRelay();
  await emitter.close();
});
process.send({ id: "ready" });
