import { Emitter, type Parser } from "../../../index.js";
import { check, type Same } from "../assert.js";

// The symbol is the one of `lib` and `@types/node`, so `await using` takes an emitter.
export async function scoped(): Promise<void> {
  await using emitter = new Emitter("postgres://localhost/db");
  const disposable: AsyncDisposable = emitter;
  await disposable[Symbol.asyncDispose]();
}
check<Same<Emitter extends AsyncDisposable ? true : false, true>>();
check<Same<Emitter extends Disposable ? true : false, false>>();

// A parser may return a Buffer.
export const parser: Parser = { encode: (message) => Buffer.from(JSON.stringify(message)) };

// A connection may come from the environment as it is.
new Emitter({ host: process.env.PGHOST, password: process.env.PGPASSWORD });

// Node's own signal fits.
new Emitter("postgres://localhost/db", "/", { signal: new AbortController().signal });
new Emitter("postgres://localhost/db", "/", { signal: AbortSignal.timeout(1_000) });
