// A process that only listens. Told over IPC which run to `expect`, and asked whether it is `finished`:
// it answers when all have come, or none for a while.

import pg from "pg";
import { CHANNEL } from "../peers/envelope.mjs";
import { Arrivals, AttachmentArrivals } from "./arrivals.mjs";
import { readNotifications } from "./notifications.mjs";

const QUIET_MS = 3_000;

const client = new pg.Client(JSON.parse(process.argv[2]));
await client.connect();
await client.query(`LISTEN ${pg.escapeIdentifier(CHANNEL)}`);
// From here on pg itself reads nothing.
const { stream } = client.connection;
stream.removeAllListeners("data");
stream.on("close", () => process.exit(1));
process.on("disconnect", () => process.exit(0));

let run;
let arrivals;
let strays = 0;
let question;
let quiet;
let lastAt = 0n;

const answer = () => {
  clearTimeout(quiet);
  const { distinct, duplicates, outOfOrder } = arrivals;
  const { count } = question;
  question = undefined;
  process.send({
    arrivals: {
      count,
      distinct,
      missing: count - distinct,
      duplicates,
      outOfOrder,
      strays,
      lastAt: String(lastAt),
    },
  });
  strays = 0;
};

/** Answers when all are there; once the last came, at once. */
const check = () => {
  if (!question) return;
  if (arrivals.distinct >= question.count) return answer();
  clearTimeout(quiet);
  quiet = setTimeout(answer, QUIET_MS);
};

process.on("message", ({ expect, finished }) => {
  if (expect) {
    run = expect.run;
    arrivals = expect.attachments ? new AttachmentArrivals() : new Arrivals();
  }
  if (finished) {
    question = finished;
    check();
  }
});

readNotifications(
  stream,
  (of, seq) => {
    if (of === run) arrivals.add(seq);
    else strays++;
  },
  (id) => arrivals.add(id),
);
stream.on("data", () => {
  lastAt = process.hrtime.bigint();
  check();
});
stream.resume();
process.send({ ready: true });
