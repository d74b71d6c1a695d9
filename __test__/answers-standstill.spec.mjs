// An emitter whose process stands still for a while: nothing that it missed meanwhile is lost, and
// no server is taken for silent. One test after the other, for each holds up all others of this file.

import test from "ava";
import { attachmentTableSql } from "../index.js";
import { answerWorlds, known, OPTIONS, SERVERS, TIMEOUT_MS } from "./support/answer-world.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, outcome } from "./support/emitters.mjs";
import { serverProcess } from "./support/own-process.mjs";

const postgres = usePostgres(test);
const world = answerWorlds(postgres);

/** Nothing else runs meanwhile in this process. */
function standStill(millis) {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

test.serial("an emitter whose process stood still forgets no server", async (t) => {
  const { database } = await world(t);
  const child = await serverProcess(t, database);
  const options = { ...OPTIONS, discoveryMillis: 3_000, heartbeatTimeoutMillis: 300 };
  const emitter = emitterFor(t, database, "/", options);
  await known(emitter, SERVERS + 1);
  standStill(500);
  t.is((await emitter.timeout(TIMEOUT_MS).fetchSockets()).length, 4);
  standStill(500);
  t.is(await emitter.serverCount(), SERVERS + 1);
  const asked = emitter.timeout(TIMEOUT_MS).serverSideEmitWithAck("pid");
  standStill(500);
  // Only one of them has a listener for it, and the others are not given up.
  t.is((await outcome(Promise.race([asked, emitter.serverCount()]))).value, SERVERS + 1);
  child.kill("SIGKILL");
});

test.serial("an answer counts that came while the process stood still", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const child = await serverProcess(t, database);
  const emitter = emitterFor(t, database, "/", OPTIONS);
  await known(emitter, 1);
  for (let round = 0; round < 5; round++) {
    const asked = emitter.timeout(1_000).serverSideEmitWithAck("pid");
    // Its time runs; and what comes next in the event loop are timers.
    await emitter.flush();
    await new Promise((resolve) => setImmediate(resolve));
    standStill(1_200);
    t.deepEqual(await asked, [child.pid]);
  }
});
