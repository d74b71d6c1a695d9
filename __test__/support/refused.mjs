// Calls that are refused at once.

import { EmitterError } from "../../index.js";

/** A synchronous throw of an EmitterError with one of `codes`. */
export function refused(t, codes, call, what) {
  const error = t.throws(call, { instanceOf: EmitterError }, what);
  t.true([codes].flat().includes(error?.code), `${what}: ${error?.code}`);
}
