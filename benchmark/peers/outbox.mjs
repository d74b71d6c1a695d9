// A message in the transaction as a row, and a relay in a process of its own that looks for it.

import { createRequire } from "node:module";
import { start } from "../processes/children.mjs";
import { Form } from "../transactions/form.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

export async function open(config) {
  const relay = start("relay", config);
  await relay.next("ready");
  return new Form(config, {
    emitterOn: (executor, options) => Emitter.outbox(executor, "/", options),
    end: () => relay.kill(),
  });
}
