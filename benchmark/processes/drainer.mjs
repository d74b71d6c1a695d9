// A process with a relay. Told over IPC of messages to fill the outbox with, it drains them.

import { once } from "node:events";
import { Backlog } from "../transactions/backlog.mjs";

/** The process that listens must not hear them among the others. */
const CHANNEL = "socket.io#/backlog";

const lost = () => process.exit(1);
process.on("disconnect", lost);
const backlog = await Backlog.open(JSON.parse(process.argv[2]));
process.send({ ready: true });
for (;;) {
  const [messages] = await once(process, "message");
  if (messages === "end") break;
  await backlog.fill(messages, CHANNEL);
  process.send({ filled: true });
  await backlog.drain();
  process.send({ drained: true });
  await backlog.settle();
  process.send({ settled: true });
}
await backlog.close();
process.off("disconnect", lost);
process.disconnect();
