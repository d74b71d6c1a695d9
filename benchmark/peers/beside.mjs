// This emitter, while a relay in a process of its own drains a backlog.

import { start } from "../processes/children.mjs";
import { open as openOurs } from "./ours.mjs";

export async function open(config) {
  const { close, ...ours } = openOurs(config);
  const drainer = start("drainer", config);
  await drainer.next("ready");
  let isDraining = false;
  let drained;
  return {
    ...ours,
    async startDraining(messages) {
      drainer.send(messages);
      await drainer.next("filled");
      isDraining = true;
      drained = drainer.next("drained").then(() => {
        isDraining = false;
      });
    },
    isDraining: () => isDraining,
    async close() {
      await drained;
      drainer.send("end");
      await drainer.ended();
      await close();
    },
  };
}
