import { createRequire } from "node:module";
import { EVENT } from "./envelope.mjs";

const { Emitter } = createRequire(import.meta.url)("../../index.js");

export function open(config) {
  const emitter = new Emitter(config);
  return {
    emit: (room, arg) => emitter.to(room).emit(EVENT, arg),
    close: () => emitter.close(),
  };
}
