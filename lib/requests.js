"use strict";

const { answersOf, listeningError } = require("./answers.js");
const { hold, release } = require("./keep-alive.js");
const { Kind, toMessage } = require("./message.js");
const { ownPromise } = require("./own-promise.js");
const { encode } = require("./parser.js");

/** Keeps the process alive until `promise` is settled, and marks it as handled. */
const holding = (promise) => {
  hold();
  promise.then(release, release);
  return promise;
};

/** Asks the servers, and settles with what they answer. */
class Requests {
  #native;
  #batches;
  #parser;
  #threshold;
  #signal;

  /**
   * @param {NativePublisher} native
   * @param {Batches} batches
   * @param {object} options - `parser`, the caller's own, if there is one; `threshold`, in bytes;
   * `signal`, which may abort the requests
   */
  constructor(native, batches, { parser, threshold, signal }) {
    this.#native = native;
    this.#batches = batches;
    this.#parser = parser;
    this.#threshold = threshold;
    this.#signal = signal;
  }

  /**
   * Sends a message that asks for answers, and collects them. It is sent at once if the servers are
   * known, so that it keeps its place in the order.
   *
   * @param {{ kind: string, opts: string, body: Packet }} message
   * @param {object} how - `requestId`; `event`, its name, for errors; `millis`, how long to wait for
   * answers once it is published; `read`, what is made of them
   * @returns {{ published: Promise<void>, answered: Promise<unknown[]> }}
   */
  send(namespace, { kind, opts, body }, { requestId, event, millis, read }) {
    // Before it is sent: what the parser fails with is no failure of a batch.
    const payload = this.#encoded(namespace, kind, opts, body);
    let outcome;
    const published = this.#batches.addAlone(namespace, event, (batch) => {
      const request = { kind: Number(kind), opts, batch, id: requestId, millis };
      if (payload !== undefined) {
        outcome = this.#native.requestEncoded(request, namespace, payload);
      } else if (typeof body === "string") {
        outcome = this.#native.request(request, namespace, body);
      } else {
        outcome = this.#native.request(request, namespace, body.text, body);
      }
    });
    if (outcome === undefined) return { published, answered: published };
    const answered = answersOf(outcome, published, read, (failure) => this.#causeOf(failure));
    return { published, answered: holding(answered) };
  }

  /** How many servers there are, by their signs of life. */
  serverCount(namespace) {
    const counted = ownPromise(this.#native.serverCount(namespace)).then((count) => {
      if (typeof count === "number") return count;
      throw count.code === "ABORT_ERR"
        ? this.#signal?.reason
        : listeningError(count, this.#causeOf(count));
    });
    return holding(counted);
  }

  /** A request as the caller's own parser encodes it, if it does. */
  #encoded(namespace, kind, opts, body) {
    // What asks for sockets carries nothing of the caller's.
    if (this.#parser === undefined || kind === Kind.FETCH_SOCKETS) return undefined;
    const isText = typeof body === "string";
    if (isText && namespace.isInline(this.#threshold, Number(kind), opts, body)) return undefined;
    return encode(this.#parser, toMessage(namespace.name, Number(kind), opts, body));
  }

  /** Why an emitter was closed, if its caller gave a reason. */
  #causeOf({ code }) {
    return code === "ERR_CLOSED" && this.#signal?.aborted ? { cause: this.#signal.reason } : {};
  }
}

module.exports = { Requests };
