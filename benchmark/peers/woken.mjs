// A message in the transaction as a row, and a relay in the same process that is told of each commit.

import { createRequire } from "node:module";
import { Form } from "../transactions/form.mjs";
import { activeRelay } from "../transactions/relay.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

export async function open(config) {
  const relay = await activeRelay(config);
  return new Form(config, {
    emitterOn: (executor, options) => Emitter.outbox(executor, "/", options),
    wake: () => relay.wake(),
    end: () => relay.close(),
  });
}
