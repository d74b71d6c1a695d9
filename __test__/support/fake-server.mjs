// A server whose every word the test chooses: for what no adapter says, or not in that order.

import { EventEmitter, on } from "node:events";
import pg from "pg";
import { eventually } from "./database.mjs";

const CHANNEL = "socket.io#/";
const HEARTBEAT = 2;

/** The types of answers. */
export const ANSWER = { SOCKETS: 8, SERVER: 10, COUNT: 11, CLIENT: 12, GOODBYE: 13 };

/** A server called `uid`, which gives a sign of life whenever it is asked for one. */
export async function fakeServer(t, database, uid = "fake") {
  const pool = database.pool({ max: 1 });
  const requests = new EventEmitter();
  let asked = 0;
  let isMute = false;

  /** Notifies messages in one transaction: a text as it is, an object as the adapters write it. */
  const say = (...messages) => {
    const payloads = messages.map((message) =>
      typeof message === "string" ? message : JSON.stringify({ ...message, uid, nsp: "/" }),
    );
    return pool.query("SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", [
      CHANNEL,
      payloads,
    ]);
  };

  const client = new pg.Client(database.config);
  client.on("error", () => {});
  client.on("notification", ({ payload }) => {
    let message;
    try {
      message = JSON.parse(payload);
    } catch {
      return;
    }
    if (message.uid !== "emitter") return;
    if (message.type === 1) {
      asked++;
      if (!isMute) say({ type: HEARTBEAT });
    }
    if (message.data?.requestId) requests.emit("request", message);
  });
  await client.connect();
  await client.query(`LISTEN "${CHANNEL}"`);
  const heard = on(requests, "request");
  t.teardown(async () => {
    await heard.return();
    await client.end();
  });

  return {
    uid,
    pool,
    say,
    /** The next request. */
    request: async () => (await heard.next()).value[0],
    /** The text of an answer to a request. */
    answer: ({ data: { requestId } }, type, data) => ({ type, data: { requestId, ...data } }),
    /** The header of an attachment with these bytes. */
    async header(type, bytes) {
      const { rows } = await pool.query(
        "INSERT INTO socket_io_attachments (payload) VALUES ($1) RETURNING id",
        [bytes],
      );
      return JSON.stringify({ uid, type, attachmentId: rows[0].id });
    },
    /** Resolves when it was asked `count` more times for a sign of life. */
    askedForLife(count) {
      const target = asked + count;
      return eventually(() => asked >= target, "asked for a sign of life");
    },
    /** It says nothing more by itself. */
    mute() {
      isMute = true;
    },
  };
}
