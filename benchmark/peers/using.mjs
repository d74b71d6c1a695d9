// A message in the transaction as a NOTIFY.

import { createRequire } from "node:module";
import { Form } from "../transactions/form.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

export const open = (config) =>
  new Form(config, { emitterOn: (executor, options) => Emitter.using(executor, "/", options) });
