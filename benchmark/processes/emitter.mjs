// A process with one peer: warms up, waits until told, does its job, and says what it cost.

import { once } from "node:events";

const { peer: name, job: jobName, config, warmUp, measure } = JSON.parse(process.argv[2]);

const [{ open }, job] = await Promise.all([
  import(`../peers/${name}.mjs`),
  import(`../jobs/${jobName}.mjs`),
]);
const lost = () => process.exit(1);
process.on("disconnect", lost);

const peer = await open(config);
process.send({ warmed: await job.warmUp(peer, warmUp) });
await once(process, "message");

globalThis.gc?.();
process.send({ measured: await job.measure(peer, measure) });
await once(process, "message");

await peer.close();
process.off("disconnect", lost);
process.disconnect();
