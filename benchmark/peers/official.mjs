// The official emitter over a pool of 10. Its `emit` returns true at once, so the promise of its last
// query stands in for the one it does not give.

import { Emitter } from "@socket.io/postgres-emitter";
import pg from "pg";
import { EVENT } from "./envelope.mjs";

/** The queries of a pool, and which of them settles a message. */
class Queries {
  #pool;
  /** Attachments whose header is still to be notified, by the ids of their rows. */
  #attachments = new Map();
  /** Settles when the message of the newest query is sent. */
  sent;

  constructor(pool) {
    this.#pool = pool;
  }

  query(text, values) {
    const query = this.#pool.query(text, values);
    if (text.startsWith("INSERT")) {
      this.sent = new Promise((resolve, reject) => {
        query.then(({ rows: [{ id }] }) => this.#attachments.set(id, { resolve, reject }), reject);
      });
    } else if (this.#attachments.size > 0) {
      this.#settleBy(query, JSON.parse(values[1]).attachmentId);
    } else {
      this.sent = query;
    }
    return query;
  }

  /** The header of an attachment is the second query of its message. */
  #settleBy(query, id) {
    const { resolve, reject } = this.#attachments.get(id);
    this.#attachments.delete(id);
    query.then(resolve, reject);
  }
}

export function open(config) {
  const pool = new pg.Pool({ ...config, max: 10 });
  const queries = new Queries(pool);
  const emitter = new Emitter(queries);
  const emit = (to, room, arg) => {
    to.in(room).emit(EVENT, arg);
    return queries.sent;
  };
  return {
    emit: (room, arg) => emit(emitter, room, arg),
    namespaces: (names) =>
      names.map((nsp) => {
        const to = emitter.of(nsp);
        return (rooms, arg) => emit(to, rooms, arg);
      }),
    close: () => pool.end(),
  };
}
