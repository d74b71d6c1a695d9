// A connection that runs one transaction after the other, a round trip for each statement, as an
// application does. With `pg` the client would take most of the time that is to be measured: here the
// bytes of a transaction are written once, and only its numbers change.

import pg from "pg";
import { FIRST_SEQ, smallEvents } from "../events.mjs";
import { query, statement } from "./frames.mjs";
import { FIRST_ORDER, orderOf, UPDATE } from "./orders.mjs";

const READY = 0x5a;
const ERROR = 0x45;

/** The steps of a transaction, with the places of its numbers. */
class Transaction {
  #update = statement(UPDATE, [String(FIRST_ORDER)]);
  #orderAt = this.#update.lastIndexOf(String(FIRST_ORDER));
  #emit;
  #seqAt;

  /** `emit` is the statement of the message with number `FIRST_SEQ`, if there is one. */
  constructor(emit) {
    this.#emit = emit && statement(emit.text, emit.values);
    this.#seqAt = this.#emit?.indexOf(String(FIRST_SEQ));
    const steps = [query("BEGIN"), this.#update, this.#emit, query("COMMIT")];
    this.steps = steps.filter(Boolean);
  }

  /** Makes it the n-th of a run. */
  number(n) {
    this.#update.write(String(orderOf(n)), this.#orderAt, "latin1");
    this.#emit?.write(String(FIRST_SEQ + n), this.#seqAt, "latin1");
  }
}

/** Calls `onReady` whenever the server waits for the next statement. */
function readAnswers(stream, onReady, onError) {
  let rest = Buffer.alloc(0);
  const read = (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 5 <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      if (bytes[at] === ERROR) onError(new Error(bytes.toString("utf8", at + 5, end)));
      if (bytes[at] === READY) onReady();
      at = end;
    }
    rest = bytes.subarray(at);
  };
  stream.on("data", read);
  return () => stream.off("data", read);
}

export class Session {
  #client;
  #stream;

  constructor(client) {
    this.#client = client;
    this.#stream = client.connection.stream;
    // From here on pg itself reads nothing.
    this.#stream.removeAllListeners("data");
  }

  /** Opens `count` sessions. */
  static open(config, count) {
    const sessions = Array.from({ length: count }, async () => {
      const client = new pg.Client(config);
      await client.connect();
      return new Session(client);
    });
    return Promise.all(sessions);
  }

  /**
   * Runs transactions with the message that `statementOf` makes of an event, each with the number that
   * `next()` gives, until it gives none.
   */
  async run({ run, size }, statementOf, next) {
    const transaction = new Transaction(statementOf(smallEvents(run, size)(0)));
    const { steps } = transaction;
    let stop;
    try {
      await new Promise((resolve, reject) => {
        const lost = () => reject(new Error("the connection was lost"));
        let step = 0;
        const send = () => {
          if (step === 0) {
            const number = next();
            if (number === undefined) return resolve();
            transaction.number(number);
          }
          this.#stream.write(steps[step]);
          step = (step + 1) % steps.length;
        };
        const stopReading = readAnswers(this.#stream, send, reject);
        this.#stream.once("close", lost);
        stop = () => {
          stopReading();
          this.#stream.off("close", lost);
        };
        send();
      });
    } finally {
      stop();
    }
  }

  async close() {
    const ended = this.#client.end();
    this.#stream.resume();
    await ended;
  }
}
