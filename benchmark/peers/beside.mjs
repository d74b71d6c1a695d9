// This emitter, while a relay in a process of its own drains a backlog.

import { start } from "../processes/children.mjs";
import { open as openOurs } from "./ours.mjs";

export async function open(config) {
  const { close, ...ours } = openOurs(config);
  const drainer = start("drainer", config);
  await drainer.next("ready");
  let isDraining = false;
  let settled;
  return {
    ...ours,
    async startDraining(messages) {
      drainer.send(messages);
      await drainer.next("filled");
      isDraining = true;
      settled = drainer.next("drained").then(() => {
        isDraining = false;
        return drainer.next("settled");
      });
    },
    isDraining: () => isDraining,
    /** Resolves when the backlog is gone. */
    settled: () => settled,
    async close() {
      drainer.send("end");
      await drainer.ended();
      await close();
    },
  };
}
