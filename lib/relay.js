"use strict";

const { fromNative, native, orThrow, throwFailure } = require("./errors.js");
const { ignore } = require("./handled.js");
const { hold, release } = require("./keep-alive.js");
const {
  checkNames,
  countOf,
  defaults,
  functionOf,
  LONGEST_MILLIS,
  relayHandlerOf,
  signalOf,
} = require("./options.js");
const { answerOf, ownPromise } = require("./own-promise.js");
const { IDENTITY, showAs } = require("./shown.js");
const { callNow } = require("./unfaked.js");

/** The names of the options. */
const NAMES = new Set(["batchSize", "errorHandler", "onStateChange", "pollMillis", "signal"]);

/** Options by other names that are written for them. */
const MEANT = { interval: "pollMillis", onError: "errorHandler", poll: "pollMillis" };

/** The open relays: nothing else keeps them from being collected. */
const open = new Set();

const readOptions = (options, errorHandler) => {
  checkNames(options, NAMES, MEANT);
  return {
    pollMillis: countOf(options, "pollMillis", "milliseconds", LONGEST_MILLIS),
    batchSize: countOf(options, "batchSize", "messages", defaults.maxBatchSize),
    signal: signalOf(options),
    errorHandler: functionOf(options, "errorHandler") ?? relayHandlerOf(errorHandler),
    onStateChange: functionOf(options, "onStateChange"),
  };
};

let count = 0;

/** Publishes what is committed in the outbox; `index.d.ts` documents each call. */
class Relay {
  #native;
  #options;
  #target;
  #closing;
  #isClosed = false;
  #onAbort = () => {
    this.close().catch(ignore);
  };

  /**
   * @param start - starts the native relay, with its options and a callback
   * @param errorHandler - that of the emitter
   * @param target - where it connects to, for people to read
   */
  constructor(start, given, errorHandler, target) {
    this.#target = target;
    this[IDENTITY] = ++count;
    this.#options = readOptions(given, errorHandler);
    const { pollMillis, batchSize, signal } = this.#options;
    this.#native = native(() =>
      start({ pollMillis, batchSize }, (state, error) => this.#told(state, error)),
    );
    open.add(this);
    hold();
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  static {
    showAs(Relay, (relay) => ({ state: relay.state, ...relay.#target }));
  }

  get state() {
    return this.#native.state;
  }

  wake() {
    this.#native.wake();
  }

  drain() {
    return answerOf(this.#native.drain(), throwFailure);
  }

  stats() {
    return answerOf(this.#native.stats(), (stats) => ({ ...orThrow(stats) }));
  }

  close() {
    this.#closing ??= ownPromise(this.#native.close()).then(() => {
      this.#told("closed");
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      open.delete(this);
      release();
    });
    return this.#closing;
  }

  #told(state, failure) {
    // The native side tells of the end, too, perhaps after `close()` was awaited.
    if (this.#isClosed) return;
    this.#isClosed = state === "closed";
    const error = failure ? fromNative(failure) : undefined;
    const { onStateChange, errorHandler } = this.#options;
    if (error) callNow(() => errorHandler(error));
    if (state) callNow(() => onStateChange?.({ state, cause: error }));
  }
}

// Up to Node 22 a `vm` context, in which Jest runs its tests, has no Symbol.asyncDispose.
if (Symbol.asyncDispose) {
  Object.defineProperty(Relay.prototype, Symbol.asyncDispose, {
    value: Relay.prototype.close,
    configurable: true,
    writable: true,
  });
}

module.exports = { Relay };
