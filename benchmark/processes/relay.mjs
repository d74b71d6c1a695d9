// A process with a relay, until its parent ends it.

import { activeRelay } from "../transactions/relay.mjs";

process.on("disconnect", () => process.exit());
await activeRelay(JSON.parse(process.argv[2]));
process.send({ ready: true });
