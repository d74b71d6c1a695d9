"use strict";

const { answersOf, listeningError } = require("./answers.js");
const { hold, release } = require("./keep-alive.js");
const { framed, ownPromise } = require("./own-promise.js");

/** Asks the servers, and settles with what they answer. */
class Requests {
  #native;
  #deliveries;
  #batches;
  #encoded;
  #signal;

  /**
   * @param {NativePublisher} native
   * @param {Deliveries} deliveries
   * @param {Batches} batches
   * @param {object} options - `encoded`, which gives what a parser of the caller's makes of a message, if there is
   * one; `signal`, which may abort the requests
   */
  constructor(native, deliveries, batches, { encoded, signal }) {
    this.#native = native;
    this.#deliveries = deliveries;
    this.#batches = batches;
    this.#encoded = encoded;
    this.#signal = signal;
  }

  /**
   * Sends a message that asks for answers, and collects them. It is sent at once if the servers are
   * known, so that it keeps its place in the order.
   *
   * @param {Outgoing} message
   * @param {object} how - `event`, its name, for errors; `millis`, how long to wait for
   * answers once it is published; `read`, what is made of them; `hasCallback`, whether a callback gets
   * them, and the caller the promise of its publication; `isToldAlone`, whether `published` may be settled
   * before `answered` is: otherwise both are at once, which wakes the event loop but once
   * @returns {{ published: Promise<void>, answered: Promise<unknown[]> }}
   */
  send(namespace, message, how) {
    const { kind, opts, body, requestId } = message;
    const { event, millis, read, hasCallback, isToldAlone } = how;
    // Before it is sent: what the parser fails with is no failure of a batch.
    const payload = this.#encoded?.(namespace, message);
    let outcome;
    let followed;
    const handOver = (number, batch) => {
      if (hasCallback) followed = batch.follow();
      const request = {
        kind: Number(kind),
        opts,
        batch: number,
        isToldAlone,
        id: requestId,
        millis,
      };
      if (payload !== undefined) {
        this.#native.requestEncoded(request, namespace, payload);
      } else if (typeof body === "string") {
        this.#native.request(request, namespace, body);
      } else {
        this.#native.request(request, namespace, body.text, body);
      }
      outcome = this.#deliveries.outcomeOf(number, isToldAlone);
    };
    const published = this.#batches.addAlone(namespace, event, handOver, hasCallback);
    followed ??= published;
    if (outcome === undefined) return { published, answered: followed };
    const answered = framed((done) =>
      answersOf({ published: followed, outcome, done }, read, (failure) => this.#causeOf(failure)),
    );
    return { published, answered };
  }

  /** How many servers there are, by their signs of life. */
  serverCount(namespace) {
    const asked = ownPromise(this.#native.serverCount(namespace));
    hold();
    return framed((done) =>
      asked.then((count) => {
        release();
        done();
        if (typeof count === "number") return count;
        throw count.code === "ABORT_ERR"
          ? this.#signal?.reason
          : listeningError(count, this.#causeOf(count));
      }),
    );
  }

  /** Why an emitter was closed, if its caller gave a reason. */
  #causeOf({ code }) {
    return code === "ERR_CLOSED" && this.#signal?.aborted ? { cause: this.#signal.reason } : {};
  }
}

module.exports = { Requests };
