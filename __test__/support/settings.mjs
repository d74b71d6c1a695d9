// Emitters made of settings, with an environment of their own.

import { Emitter, EmitterError } from "../../index.js";

const quiet = { errorHandler: () => {} };

/** Runs `make` with these `PG*` variables and no others: settings are read when an emitter is made. */
export function withVariables(variables, make) {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("PG")) delete process.env[name];
  }
  // A password file of the user who runs the tests must not help.
  Object.assign(process.env, { PGPASSFILE: "/nonexistent", ...variables });
  try {
    return make();
  } finally {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("PG")) delete process.env[name];
    }
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** An emitter that is closed when its test ends; it sees these `PG*` variables and no others. */
export function open(t, connection, { variables = {}, ...options } = {}) {
  const make = () => new Emitter(connection, "/", { ...quiet, ...options });
  const emitter = withVariables(variables, make);
  t.teardown(() => emitter.close());
  return emitter;
}

/** A synchronous throw, whose message has each of `words`. */
export function refused(t, make, words, code = "ERR_INVALID_ARG_VALUE") {
  const error = t.throws(make, { instanceOf: EmitterError, code }, String(words));
  for (const word of words) t.true(error?.message.includes(word), `${word}: ${error?.message}`);
}
