// The relay, while another session holds a snapshot open, as a backup does: no dead row can be removed.

import pg from "pg";
import { Backlog } from "../transactions/backlog.mjs";

const SNAPSHOT =
  "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM socket_io_outbox WHERE false";

export async function open(config) {
  const holder = new pg.Client(config);
  await holder.connect();
  const backlog = await Backlog.open(config);
  await holder.query(SNAPSHOT);
  return {
    fill: (messages) => backlog.fill(messages),
    drain: () => backlog.drain(),
    settle: () => backlog.settle(),
    session: () => backlog.session(),
    async close() {
      await holder.end();
      await backlog.close();
    },
  };
}
