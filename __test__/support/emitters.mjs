// Emitters that are closed when their test ends.

import { Emitter } from "../../index.js";

/** An address where nothing listens, for tests that send nothing. */
export const NOWHERE = "postgres://user:secret@127.0.0.1:1/nowhere";

/** An emitter on `connection` (a string, or an object with `connectionString`). */
export function emitterFor(t, connection, nsp, options) {
  const target = typeof connection === "string" ? connection : connection.connectionString;
  const emitter = new Emitter(target, nsp, options);
  t.teardown(() => emitter.close());
  return emitter;
}

/** Settles like `Promise.allSettled`, for one promise. */
export async function outcome(promise) {
  const [result] = await Promise.allSettled([promise]);
  return result;
}
