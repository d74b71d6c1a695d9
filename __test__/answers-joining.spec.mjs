// Servers that join while a request is under way.

import test from "ava";
import { startCluster } from "../tools/cluster.mjs";
import { usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const postgres = usePostgres(test);

for (const adapter of ["0.1.1", "0.2.0", "0.3.1", "0.4.0", "0.5.0"]) {
  test(`${adapter}: a server that joined later is not waited for`, async (t) => {
    const database = await postgres.database();
    const first = await startCluster({ server: database, adapter, servers: 1 });
    t.teardown(() => first.close());
    const emitter = emitterFor(t, database, "/", { discoveryMillis: 1_000 });
    t.is(await emitter.serverCount(), 1);
    const asked = new Promise((resolve) => first.servers[0].io.once("hold", resolve));
    const answers = emitter.timeout(20_000).serverSideEmitWithAck("hold");
    const answer = await asked;
    const second = await startCluster({
      server: database,
      adapter,
      servers: 1,
      createTable: false,
    });
    t.teardown(() => second.close());
    second.servers[0].io.on("who", (callback) => callback(2));
    first.servers[0].io.on("who", (callback) => callback(1));
    while ((await emitter.serverCount()) < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
    answer("held");
    t.deepEqual(await answers, ["held"]);
    // The next request is for both.
    t.deepEqual((await emitter.serverSideEmitWithAck("who")).sort(), [1, 2]);
    // No server has the emitter in its table of nodes.
    for (const { io } of [...first.servers, ...second.servers]) {
      const { adapter: own } = io.of("/");
      // 0.1.1 and 0.2.0 count nobody, and keep the table of the others in sight.
      const count = own.serverCount ? await own.serverCount() : 1 + own.nodesMap.size;
      t.is(count, 2);
    }
  });
}
