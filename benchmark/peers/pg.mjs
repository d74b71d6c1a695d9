// The first thing that comes to mind: one query for each message, over a pool.

import pg from "pg";
import { CHANNEL, envelope } from "./envelope.mjs";

export function open(config) {
  const pool = new pg.Pool(config);
  return {
    emit: (room, arg) => pool.query("SELECT pg_notify($1, $2)", [CHANNEL, envelope(room, arg)]),
    close: () => pool.end(),
  };
}
