// Fake timers are no business of an emitter's: neither while they are there, nor after.

import { fileURLToPath } from "node:url";
import test from "ava";
import { startCluster } from "../tools/cluster.mjs";
import { inbox } from "./support/clients.mjs";
import { startProgram } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";

const PROGRAM = fileURLToPath(new URL("./support/faked.mjs", import.meta.url));
const TICKS_PROGRAM = fileURLToPath(new URL("./support/faked-ticks.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const postgres = usePostgres(test);

for (const when of ["before", "under"]) {
  for (const whose of ["sinon", "node:test"]) {
    test(`${whose}, the package loaded ${when} its fakes`, async (t) => {
      const database = await postgres.database();
      const cluster = await startCluster({ server: database, servers: 1 });
      t.teardown(() => cluster.close());
      cluster.servers[0].io.on("who", (callback) => callback("it is me"));
      cluster.servers[0].io.on("silent", () => {});
      const client = inbox(await cluster.connect(0));
      const args = [PROGRAM, database.connectionString, when, whose];
      const ended = await startProgram(process.execPath, args, { cwd: ROOT }).ended;
      const codes = ["ERR_NOT_SERIALIZABLE", "ERR_RESERVED_EVENT"];
      t.like(ended, { code: 0, stderr: "", stdout: JSON.stringify([...codes, ...codes]) });
      await Promise.all([client.until("bytes"), client.until("end")]);
      const events = client.take().map(([event]) => event);
      const short = ["short", "using", "outbox"];
      t.deepEqual(
        events.filter((event) => event !== "bytes"),
        [...short, ...short, "end"],
      );
    });
  }
}

for (const fate of ["restored", "kept"]) {
  test(`a process ends by itself although ticks were faked when it loaded the package, and the fakes are ${fate}`, async (t) => {
    const { connectionString } = await postgres.database();
    const args = [TICKS_PROGRAM, connectionString, fate];
    const ended = await startProgram(process.execPath, args, { cwd: ROOT }).ended;
    t.like(ended, { code: 0, stderr: "", stdout: "" });
  });
}
