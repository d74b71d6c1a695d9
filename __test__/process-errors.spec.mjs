// Failures in programs that have done something to `Error`: frozen it, or asked for other frames.

import test from "ava";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";

const postgres = usePostgres(test);

// What fails at once, what PostgreSQL refuses, and what is asked; each awaited. Then the end.
const PROGRAM = `
  import { Emitter } from "./index.js";
  const io = new Emitter(process.env.CONNECTION, "/");
  const codeOf = (call) => (async () => await call())().catch(({ code }) => code);
  const codes = [
    await codeOf(() => io.emit("connect")),
    await codeOf(() => io.emit("e", Buffer.alloc(1))),
    await codeOf(() => io.timeout(50).emitWithAck("e", Buffer.alloc(1))),
    await codeOf(() => io.outboxStatus()),
  ];
  await io.flush();
  await io.close();
  console.log(codes.join(" "));`;

const CODES = "ERR_RESERVED_EVENT 42P01 42P01 42P01\n";

const programs = async (prelude = "") => {
  const { connectionString: CONNECTION } = await postgres.database();
  const source = prelude + PROGRAM;
  return (flags = []) => run(source, { env: { CONNECTION }, flags });
};

test("where Error is frozen, a failure settles its promise, and what follows", async (t) => {
  const wanted = { code: 0, killed: false, stdout: CODES, stderr: "" };
  t.like(await (await programs())(["--frozen-intrinsics", "--no-warnings"]), wanted);
  const frozen = "Object.freeze(Error); Object.freeze(Error.prototype);";
  t.like(await (await programs(frozen))(), wanted);
});

test("frames that are few, or of another form, hide no await: nothing is warned of", async (t) => {
  const wanted = { code: 0, killed: false, stdout: CODES, stderr: "" };
  const runs = await programs();
  for (const limit of [0, 2]) t.like(await runs([`--stack-trace-limit=${limit}`]), wanted);
  const sites = "Error.prepareStackTrace = (_error, sites) => sites;";
  t.like(await (await programs(sites))(), wanted);
});

test("what a program has set of Error is as it was after a failure", async (t) => {
  const prelude = `
    const told = () => console.log(JSON.stringify(Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")));
    Object.defineProperty(Error, "stackTraceLimit", { enumerable: false, value: 7 });
    const names = Object.getOwnPropertyNames(Error).join();
    process.once("exit", () => {
      told();
      console.log(names === Object.getOwnPropertyNames(Error).join());
    });`;
  const { stdout } = await (await programs(prelude))();
  const left = '{"value":7,"writable":true,"enumerable":false,"configurable":true}\ntrue\n';
  t.is(stdout, CODES + left);
});
