"use strict";

const { EmitterError, copyOf } = require("../errors.js");
const { clearTimeout, setImmediate, setTimeout } = require("../unfaked.js");

/** One request: settles when everyone has answered, or when its time is up. */
class Request {
  #collector;
  #millis;
  #listen;
  #isSure;
  #settle;
  #isPublished = false;
  #isSettled = false;
  #timer;
  /** Why it ends once it is published, in an array: it can be anything. */
  #closing;
  /** Why an answer could not be read. */
  #unread;

  /**
   * @param collector - what is collected, from `collectors.js`
   * @param {number} millis - how long to wait for answers once it is published
   * @param {() => void} listen - hears what has come
   * @param {() => boolean} isSure - whether all is heard, so that what is not missing is not there
   * @param {(error: unknown, responses: unknown[]) => void} settle - told once how it ended
   */
  constructor(collector, millis, listen, isSure, settle) {
    this.#collector = collector;
    this.#millis = millis;
    this.#listen = listen;
    this.#isSure = isSure;
    this.#settle = settle;
  }

  /** From now on its time runs. */
  published() {
    if (this.#isSettled) return;
    this.#isPublished = true;
    if (this.#closing !== undefined) return this.end(this.#closing[0]);
    // One turn later: when the whole process stood still, what came in time is only now heard.
    this.#timer = setTimeout(() => setImmediate(() => this.#timedOut()), this.#millis);
    this.#check();
  }

  /** It could not be published; answers came nevertheless, if PostgreSQL committed it. */
  failed(error) {
    this.#finish(error);
  }

  hear(message) {
    this.#collector.add(message);
    this.#check();
  }

  /** An answer to somebody could not be read, perhaps one to this. */
  missed(error) {
    this.#unread = error;
  }

  /** A server was there to hear it, and is known only now. */
  expectOne(uid) {
    this.#collector.expectOne(uid);
  }

  gone(uid) {
    this.#collector.gone(uid);
    this.#check();
  }

  /** No answer will be heard any more. */
  end(error) {
    this.#finish(copyOf(error, { responses: this.#collector.responses }));
  }

  /** As `end`; but what is on its way to be published settles by what becomes of that. */
  close(error) {
    if (this.#isPublished) this.end(error);
    else this.#closing = [error];
  }

  /** How many answers are missing at least. */
  get missing() {
    return this.#collector.missing;
  }

  #timedOut() {
    // What came in time counts: perhaps this completes it, and what follows does nothing. What only
    // its header came of, and is still to be fetched out of the table, is late.
    this.#listen();
    const { responses, missing } = this.#collector;
    const message = `not everyone has answered within ${this.#millis} ms: at least ${missing} more than the ${responses.length} that came`;
    this.#finish(
      new EmitterError("ERR_ACK_TIMEOUT", message, {
        responses,
        ...(this.#unread && { cause: this.#unread }),
      }),
    );
  }

  /** Something is known now that may complete it. */
  check() {
    this.#check();
  }

  #check() {
    // An answer can be faster than the news that the request was committed.
    if (this.#isPublished && this.#collector.missing === 0 && this.#isSure()) this.#finish();
  }

  #finish(error) {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#settle(error, this.#collector.responses);
  }
}

module.exports = { Request };
