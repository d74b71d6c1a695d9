// Runs one step: makes the call, waits until nothing more can come, and compares.

import { isDeepStrictEqual } from "node:util";
import { NAMESPACES, TIMEOUT_MS } from "./audience.mjs";
import * as screen from "./screen.mjs";

const PUBLISHING = ["emit", "socketsJoin", "socketsLeave", "disconnectSockets", "serverSideEmit"];

/** Who must receive what: `{ ann: [["hello"]] }`. */
function expectation({ call = [[]], burst, to = [], receive = {}, error }) {
  if (error) {
    return {};
  }
  if (burst) {
    const ticks = Array.from({ length: burst.count }, (_, index) => [burst.event, index + 1]);
    return Object.fromEntries(to.map((name) => [name, ticks]));
  }
  const [, ...event] = call.at(-1);
  const entries = [...to.map((name) => [name, event]), ...Object.entries(receive)];
  return Object.fromEntries(entries.map(([name, each]) => [name, [each]]));
}

function publishedCount({ call, burst, error, publishes }) {
  if (error) {
    return 0;
  }
  if (publishes) {
    return publishes;
  }
  return burst ? burst.count : Number(PUBLISHING.includes(call?.at(-1)[0]));
}

/** The next messages of the emitter; the servers talk on the same channels. */
async function nextMessages({ listener }, count) {
  const deadline = performance.now() + TIMEOUT_MS;
  const messages = [];
  while (messages.length < count) {
    const [{ payload }] = await listener.next(1, deadline - performance.now());
    const message = JSON.parse(payload);
    if (message.uid === "emitter") {
      messages.push(message);
    }
  }
  return messages;
}

function wireProblems(step, [message]) {
  const viaTable = "attachmentId" in message;
  if (viaTable) {
    screen.note(`through the table, row ${message.attachmentId}`);
  }
  const problems = [];
  if (viaTable !== Boolean(step.table)) {
    problems.push(`it went ${viaTable ? "" : "not "}through the table`);
  }
  const flags = message.data?.opts?.flags;
  if (step.flags && !isDeepStrictEqual(flags, step.flags)) {
    problems.push(`its flags are ${JSON.stringify(flags)}`);
  }
  return problems;
}

/**
 * An event to everybody, sent last. One connection keeps the order, so when it has come, nothing
 * that was sent before can still come. Only a message in the table can be overtaken, as a server
 * reads it with a query of its own; but each client that must receive it has received it by now, on both
 * servers, and a server writes to all its clients at once.
 */
async function fence(world) {
  const number = ++world.lastFence;
  for (const nsp of NAMESPACES) {
    const { error } = await world.emitter.call([
      ["of", nsp],
      ["emit", "fence", number],
    ]);
    if (error) {
      throw new Error(`the fence was not sent: ${error.message}`);
    }
  }
  if (!(await world.audience.until(() => world.audience.isFenced(number)))) {
    throw new Error("the fence did not reach everybody");
  }
  await nextMessages(world, NAMESPACES.length);
}

function differences(expected, received) {
  const names = new Set([...Object.keys(expected), ...Object.keys(received)]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(expected[name], received[name]))
    .map((name) => {
      const wanted = expected[name]?.length ?? 0;
      const found = received[name]?.length ?? 0;
      return wanted === found
        ? `${name} received something else`
        : `${name} received ${found} events, not ${wanted}`;
    });
}

function describe(step, expected) {
  const names = Object.keys(expected);
  if (step.error) {
    return `refused with ${step.error}`;
  }
  if (names.length > 0) {
    return [`${names.join(", ")}, and nobody else`, step.says].filter(Boolean).join("; ");
  }
  return step.says ?? "nobody received anything";
}

function codeOf({ code, call, burst }) {
  if (code) {
    return code;
  }
  return burst
    ? `${burst.count} × emitter.emit("${burst.event}", n), then emitter.flush()`
    : screen.code(call);
}

function perform(emitter, { act, call, burst }) {
  if (act) {
    return act(emitter);
  }
  return burst ? emitter.burst([], burst.event, burst.count) : emitter.call(call);
}

/** Returns whether everything went as it must. */
export async function runStep(world, step) {
  const { audience, emitter } = world;
  await step.before?.(world);
  const { burst } = step;
  screen.sent(codeOf(step));
  const { result, error } = await perform(emitter, step);
  const problems = [];
  if (error?.code !== step.error) {
    problems.push(error ? `${error.code}: ${error.message}` : `it was not refused`);
  }
  if (burst && result !== burst.count) {
    problems.push(`flush() came back with ${result} of ${burst.count} settled`);
  }

  const expected = expectation(step);
  const names = Object.keys(expected);
  if (!error) {
    await audience.until(() =>
      names.every((name) => audience.count(name) >= expected[name].length),
    );
    const messages = await nextMessages(world, publishedCount(step));
    if (messages.length > 0) {
      problems.push(...wireProblems(step, messages));
    }
  }
  if (!step.closes) {
    await fence(world);
  }
  problems.push(...differences(expected, audience.take()));
  const further = await step.check?.(world, result);
  if (further) {
    problems.push(further);
  }
  screen.verdict(problems, describe(step, expected));
  return problems.length === 0;
}
