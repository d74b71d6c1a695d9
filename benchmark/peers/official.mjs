// The official emitter over a pool of 10. Its `emit` returns true at once, so the promise of its
// query stands in for the one it does not give.

import { Emitter } from "@socket.io/postgres-emitter";
import pg from "pg";
import { EVENT } from "./envelope.mjs";

export function open(config) {
  const pool = new pg.Pool({ ...config, max: 10 });
  let query;
  let notified;
  const emitter = new Emitter({
    query(text, values) {
      query = pool.query(text, values);
      if (notified && text.includes("pg_notify")) {
        const { resolve, reject } = notified;
        notified = undefined;
        query.then(resolve, reject);
      }
      return query;
    },
  });

  return {
    emit(room, arg) {
      emitter.to(room).emit(EVENT, arg);
      return query;
    },
    /** An attachment is two queries, one after the other; one emit at a time. */
    emitAttachment: (room, arg) =>
      new Promise((resolve, reject) => {
        notified = { resolve, reject };
        emitter.to(room).emit(EVENT, arg);
      }),
    close: () => pool.end(),
  };
}
