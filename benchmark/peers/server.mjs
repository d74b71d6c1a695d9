// The server alone: it makes the messages itself, a thousand a commit, each as long as an emitter's.

import pg from "pg";
import { FIRST_SEQ, ROOM, smallEvents } from "../events.mjs";
import { CHANNEL, envelope } from "./envelope.mjs";

const BATCH = 1_000;
const SQL = `SELECT count(pg_notify($1, $2 || n || $3))
  FROM generate_series($4::int, $5::int) n`;

export async function open(config) {
  const client = new pg.Client(config);
  await client.connect();
  return {
    /** The process of its session. */
    session: client.processID,
    /** Sends `count` messages in batches, one in flight. */
    async sendAlone({ run, size, count }) {
      const text = envelope(ROOM, smallEvents(run, size)(0));
      const [before, after] = text.split(String(FIRST_SEQ));
      for (let sent = 0; sent < count; sent += BATCH) {
        const first = FIRST_SEQ + sent;
        const last = FIRST_SEQ + Math.min(sent + BATCH, count) - 1;
        const values = [CHANNEL, before, after, first, last];
        await client.query({ name: "series", text: SQL, values });
      }
    },
    close: () => client.end(),
  };
}
