// What is heard is acted upon at once. A sweep, twice a second, would make good most of what was
// missed, so here is none.

import test from "ava";
import { answerWorlds, TIMEOUT_MS } from "./support/answer-world.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";

const postgres = usePostgres(test, { settings: { max_connections: 300 } });
const world = answerWorlds(postgres);

/** Asks as `body` does, in a process whose intervals never come to their end. */
const unswept = async (t, body) => {
  const { database } = await world(t);
  const source = `
    const { setInterval: every } = globalThis;
    globalThis.setInterval = (work) => every(work, 2 ** 31 - 1);
    const { Emitter } = await import("./index.js");
    const io = new Emitter(process.env.CONNECTION, "/", { discoveryMillis: 1_000 });
    while ((await io.serverCount()) < 3);
    const asking = io.timeout(${TIMEOUT_MS});
    const print = (value) => console.log(JSON.stringify(value));
    ${body}
    await io.close();`;
  const env = { CONNECTION: database.connectionString };
  const { code, stdout, stderr } = await run(source, { env, timeoutMs: 2 * TIMEOUT_MS });
  t.is(code, 0, stderr);
  return stdout.trim().split("\n").map(JSON.parse);
};

test("one request after the other is complete without a sweep", async (t) => {
  const counts = await unswept(
    t,
    `for (let round = 0; round < 10; round++) {
       const answers = [
         await asking.fetchSockets(),
         await asking.serverSideEmitWithAck("who", round),
         await asking.serverSideEmitWithAck("bytes"),
         await asking.in("even").emitWithAck("ask", round),
         await asking.emitWithAck("bytes"),
       ];
       print(answers.map(({ length }) => length));
     }`,
  );
  t.deepEqual(
    counts,
    Array.from({ length: 10 }, () => [4, 3, 3, 2, 4]),
  );
});

test("requests at once, and an answer of 1 MB, are complete without a sweep", async (t) => {
  const counts = await unswept(
    t,
    `const asked = Array.from({ length: 50 }, (_, index) => [
       asking.fetchSockets(),
       asking.serverSideEmitWithAck(...(index % 10 === 0 ? ["big"] : ["who", index])),
       asking.emitWithAck("ask", index),
     ]);
     for (const answers of asked) print((await Promise.all(answers)).map(({ length }) => length));`,
  );
  t.deepEqual(
    counts,
    Array.from({ length: 50 }, () => [4, 3, 4]),
  );
});

test("what came before the end is there, though it was not looked at", async (t) => {
  const ends = await unswept(
    t,
    `const { default: pg } = await import("pg");
     const client = new pg.Client(process.env.CONNECTION);
     await client.connect();
     await client.query('LISTEN "socket.io#/"');
     let answers = 0;
     const came = new Promise((resolve) => client.on("notification", ({ payload }) => {
       if (JSON.parse(payload).type === 10 && ++answers === 2) resolve();
     }));
     const asked = asking.serverSideEmitWithAck("most").catch((error) => error);
     await came;
     // What is answered later is received later.
     await asking.serverSideEmitWithAck("who", 1);
     await Promise.all([io.close(), client.end()]);
     const { code, responses } = await asked;
     print([code, responses.sort()]);`,
  );
  t.deepEqual(ends, [["ERR_CLOSED", [1, 2]]]);
});
