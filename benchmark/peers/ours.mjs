import { createRequire } from "node:module";
import { CHANNEL_PREFIX, QUESTION } from "../answers.mjs";
import { EVENT } from "./envelope.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

/** A burst of 5 kB each is more than may wait by default; the other peers have no bound. */
const MAX_QUEUE_BYTES = 2 ** 30;

export function open(config) {
  const emitter = new Emitter(config, "/", { maxQueueBytes: MAX_QUEUE_BYTES });
  const asking = new Emitter(config, "/", { channelPrefix: CHANNEL_PREFIX });
  return {
    emit: (room, arg) => emitter.to(room).emit(EVENT, arg),
    namespaces: (names) =>
      names.map((nsp) => {
        const to = emitter.of(nsp);
        return (rooms, arg) => to.to(rooms).emit(EVENT, arg);
      }),
    fetchSockets: () => asking.fetchSockets(),
    emitWithAck: () => asking.emitWithAck(QUESTION, 1),
    close: () => Promise.all([emitter.close(), asking.close()]),
  };
}
