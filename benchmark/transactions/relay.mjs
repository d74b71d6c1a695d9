// A relay in this process.

import { createRequire } from "node:module";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

/** Resolves to a relay that is active. An error that it tells of ends the process. */
export async function activeRelay(config) {
  const emitter = new Emitter(config);
  let relay;
  await new Promise((resolve) => {
    relay = emitter.relay({
      onStateChange: ({ state }) => state === "active" && resolve(),
      errorHandler(error) {
        throw error;
      },
    });
  });
  return relay;
}
