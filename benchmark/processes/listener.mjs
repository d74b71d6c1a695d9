// A process that only listens, as one server or as many: on each of its connections to the channel of each
// namespace. Told over IPC which run to `expect`, and asked whether it is `finished`: it answers when
// all have come to all, or none for a while.

import pg from "pg";
import { namespaceNames } from "../events.mjs";
import { channelOf } from "../peers/envelope.mjs";
import { Arrivals, AttachmentArrivals } from "./arrivals.mjs";
import { readNotifications } from "./notifications.mjs";

const QUIET_MS = 3_000;

const { config, servers, namespaces } = JSON.parse(process.argv[2]);
const LISTEN = namespaceNames(namespaces)
  .map((nsp) => `LISTEN ${pg.escapeIdentifier(channelOf(nsp))};`)
  .join("");

let run;
let strays = 0;
let question;
let quiet;
let lastAt = 0n;

/** What has come on one connection; the messages of a run are all events, or all attachments' headers. */
class Server {
  arrivals;

  constructor(stream) {
    readNotifications(
      stream,
      (of, seq) => {
        if (of !== run) {
          strays++;
          return;
        }
        this.arrivals ??= new Arrivals(namespaces);
        this.arrivals.add(seq);
      },
      (id) => {
        this.arrivals ??= new AttachmentArrivals();
        this.arrivals.add(id);
      },
    );
    stream.on("data", () => {
      lastAt = process.hrtime.bigint();
      check();
    });
  }

  static async open() {
    const client = new pg.Client(config);
    await client.connect();
    await client.query(LISTEN);
    // From here on pg itself reads nothing.
    const { stream } = client.connection;
    stream.removeAllListeners("data");
    stream.on("close", () => process.exit(1));
    const server = new Server(stream);
    stream.resume();
    return server;
  }
}

const all = await Promise.all(Array.from({ length: servers }, () => Server.open()));
const sum = (name) => all.reduce((total, { arrivals }) => total + (arrivals?.[name] ?? 0), 0);

function answer() {
  clearTimeout(quiet);
  const count = question.count * servers;
  question = undefined;
  const distinct = sum("distinct");
  process.send({
    arrivals: {
      count,
      distinct,
      missing: count - distinct,
      duplicates: sum("duplicates"),
      outOfOrder: sum("outOfOrder"),
      strays,
      lastAt: String(lastAt),
    },
  });
  strays = 0;
}

/** Answers when all are there; once the last came, at once. */
function check() {
  if (!question) return;
  if (sum("distinct") >= question.count * servers) return answer();
  clearTimeout(quiet);
  quiet = setTimeout(answer, QUIET_MS);
}

process.on("disconnect", () => process.exit(0));
process.on("message", ({ expect, finished }) => {
  if (expect) {
    run = expect.run;
    for (const server of all) server.arrivals = undefined;
  }
  if (finished) {
    question = finished;
    check();
  }
});
process.send({ ready: true });
