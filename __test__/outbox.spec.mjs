// The example of docs/transactions.md: it compares by itself what customers heard with the database.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import test from "ava";

const EXAMPLE = fileURLToPath(new URL("../examples/outbox/index.mjs", import.meta.url));

test("customers are told of the orders that were committed, and of no others", async (t) => {
  const child = spawn(process.execPath, [EXAMPLE], { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  t.is(code, 0, output);
  t.regex(output, /answers 409/);
  t.regex(output, /killed before it could commit/);
  t.regex(output, /3 messages wait in the outbox/);
  t.regex(output, /✔ the customers were told of 3 orders: those in the database\n$/);
});
