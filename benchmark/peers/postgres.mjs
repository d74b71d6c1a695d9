// postgres.js: its own `notify`, over its usual 10 connections, pipelined.

import postgres from "postgres";
import { CHANNEL, envelope } from "./envelope.mjs";

export function open({ host, port, user, password, database }) {
  const sql = postgres({ host, port, user, password, database });
  return {
    emit: (room, arg) => sql.notify(CHANNEL, envelope(room, arg)),
    close: () => sql.end(),
  };
}
