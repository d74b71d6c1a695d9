import { createRequire } from "node:module";
import { EVENT } from "./envelope.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

/** A burst of 5 kB each is more than may wait by default; the other peers have no bound. */
const MAX_QUEUE_BYTES = 2 ** 30;

export function open(config) {
  const emitter = new Emitter(config, "/", { maxQueueBytes: MAX_QUEUE_BYTES });
  return {
    emit: (room, arg) => emitter.to(room).emit(EVENT, arg),
    close: () => emitter.close(),
  };
}
