"use strict";

const { copyOf, fromNative, isAwaited, tellOrigin, withoutFrames } = require("./errors.js");
const { handled } = require("./handled.js");
const { hold, release } = require("./keep-alive.js");
const { callLater, microtask } = require("./unfaked.js");

/** The deliveries with something in flight: the native side holds them weakly. */
const busy = new Set();

/**
 * The most failures of a batch that get frames, and errors of their own where all have the same: a full queue
 * refuses thousands at once.
 */
const MAX_FRAMED = 16;

/**
 * The promises of messages that were handed over together.
 *
 * All hang on one: a promise runs its reactions in the order they were added, so one shared reaction knows by
 * counting which message it speaks for. That is half the memory, and so half the garbage collection, of a
 * promise with two functions to settle it for each message.
 */
class Batch {
  #promises = [];
  #events = [];
  #namespace;
  #onFailure;
  #failures;
  #next = 0;
  #resolve;
  #root = new Promise((resolve) => {
    this.#resolve = resolve;
  });
  #outcome = () => {
    const place = this.#next++;
    if (this.#failures?.has(place)) throw this.#failed(place);
  };

  /**
   * @param {string} namespace - its name
   * @param {(error: unknown) => void} onFailure - told of each failed message, in the context of its call
   */
  constructor(namespace, onFailure) {
    this.#namespace = namespace;
    this.#onFailure = onFailure;
  }

  /** Adds a message; returns its promise. `event` is its event's name, if it has one. */
  add(event) {
    const promise = this.#root.then(this.#outcome);
    this.#promises.push(promise);
    this.#events.push(event);
    return promise;
  }

  /** A second promise of the only message, so that the caller's keeps its single reaction. */
  follow() {
    return this.#root.then(() => {
      if (this.#failures !== undefined) throw this.#failures.get(0).error;
    });
  }

  get size() {
    return this.#promises.length;
  }

  /** The message in this place will be rejected, with an error that may be shared with others. */
  fail(place, error, isShared = false) {
    this.#failures ??= new Map();
    const isFramed = this.#failures.size < MAX_FRAMED;
    this.#failures.set(place, { error, isFramed, isShared });
    // A promise without frames is marked at once: Node keeps track of each rejection that is marked later.
    if (!isFramed) handled(this.#promises[place]);
  }

  /** All messages will be rejected with the same error: the first with errors of their own. */
  failAll(error) {
    for (let place = 0; place < this.size; place++) {
      const isShared = place >= MAX_FRAMED;
      this.fail(place, isShared ? error : copyOf(error), isShared);
    }
  }

  /** Settles all promises: those of messages that did not fail are resolved. */
  settle() {
    this.#resolve();
  }

  /**
   * Runs as the reaction of the message's own promise, in the context of its call: here V8 knows the code
   * that awaits it, as long as nothing else does. So the promise is marked as handled only afterwards.
   */
  #failed(place) {
    const { error, isFramed, isShared } = this.#failures.get(place);
    if (!isShared) tellOrigin(error, this.#namespace, this.#events[place], isFramed);
    if (isFramed) {
      const promise = this.#promises[place];
      microtask(() => handled(promise));
    }
    this.#onFailure(error);
    return error;
  }
}

/** The messages in flight, and their promises. */
class Deliveries {
  /** How many messages were never handed over. */
  refused = 0;
  #batches = new Map();
  #next = 0;
  /** The functions that take requests' outcomes, by the number of the batch. */
  #requests = new Map();
  /** The batches whose publication is told only with the outcome of their request. */
  #toldWithOutcome = new Set();
  #waiters = [];
  /** The function that is called for each failure of any batch, once its promise is settled. */
  #onFailure;
  /** The same for batches whose callback gets the error, too. */
  #onToldFailure;
  /** The reason of an abort, in an array: it can be any value. */
  #abortion;

  /**
   * @param {(error: EmitterError, isAwaited: boolean) => void} onError - told of each failed message; if
   * its property `asksWhetherAwaited` is set, also whether an `await` is told of it
   */
  constructor(onError) {
    // The handler is called later: what it does, or throws, concerns no promise. Whether the promise is
    // awaited is known only now, and asked only where it matters: that takes its time.
    const asks = onError.asksWhetherAwaited === true;
    this.#onFailure = (error) => {
      const awaited = asks && isAwaited();
      callLater(() => onError(error, awaited));
    };
    this.#onToldFailure = (error) => callLater(() => onError(error, true));
  }

  /**
   * Opens a batch of messages to a namespace, or one that stays empty; returns its number. `hasCallback`: a
   * callback gets its errors, too.
   */
  open(namespace, hasCallback = false) {
    if (this.#isIdle) {
      busy.add(this);
      hold();
    }
    const number = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    const onFailure = hasCallback ? this.#onToldFailure : this.#onFailure;
    const batch = new Batch(namespace?.name, onFailure);
    this.#batches.set(number, batch);
    return { number, batch };
  }

  get #isIdle() {
    return this.#batches.size === 0 && this.#requests.size === 0;
  }

  /**
   * The outcome of the request that is in a batch.
   *
   * @param {number} number - the batch's
   * @param {boolean} isToldAlone - whether its publication is told by itself
   */
  outcomeOf(number, isToldAlone) {
    if (!isToldAlone) this.#toldWithOutcome.add(number);
    return new Promise((resolve) => {
      this.#requests.set(number, resolve);
    });
  }

  /** Settles batches, of whose messages only the failures did not arrive; and a request by its `outcome`. */
  settle(numbers, failures, outcome) {
    if (failures.length > 0) this.#fail(failures);
    for (const number of numbers) {
      this.#batches.get(number)?.settle();
      this.#batches.delete(number);
    }
    if (outcome) {
      const { batch } = outcome;
      this.#requests.get(batch)?.(outcome);
      this.#requests.delete(batch);
      this.#toldWithOutcome.delete(batch);
    }
    if (this.#isIdle) {
      busy.delete(this);
      release();
    }
    if (this.#waiters.length > 0) {
      // The flush resolves one turn later, so that an `await` of a message ends before.
      microtask(() => this.#wakeWaiters());
    }
  }

  #fail(failures) {
    withoutFrames(() => {
      for (const { batch, place, error } of failures) {
        this.#batches.get(batch)?.fail(place, this.#meant(error));
      }
    });
  }

  /** Messages that were not sent fail from now on for this reason. */
  abort(reason) {
    this.#abortion = [reason];
  }

  /** Fails a whole batch. */
  fail(number, error) {
    const batch = this.#batches.get(number);
    this.refused += batch.size;
    withoutFrames(() => batch.failAll(error));
    this.settle([number], []);
  }

  /** A promise rejected before its message to this namespace was handed over. */
  refuse(error, namespace, event) {
    this.refused++;
    tellOrigin(error, namespace?.name, event, false);
    // One turn later it is known whether an `await` waits for the promise.
    const promise = Promise.resolve().then(() => {
      microtask(() => handled(promise));
      this.#onFailure(error);
      throw error;
    });
    return promise;
  }

  /**
   * Resolves when everything that is in flight now is settled. Answers are not waited for: where a publication
   * is told only with an outcome, the native side is asked for it.
   *
   * @param {(number: number) => void} flush - has the native side settle an empty batch of this number when
   * all that was handed over is settled
   */
  settled(flush) {
    const left = new Set(this.#batches.keys());
    if (this.#toldWithOutcome.size > 0) {
      for (const number of this.#toldWithOutcome) left.delete(number);
      const { number } = this.open();
      left.add(number);
      try {
        flush(number);
      } catch (error) {
        // The native side has ended, so that nothing is in flight.
        this.fail(number, fromNative(error));
      }
    }
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ left, resolve });
    });
  }

  #wakeWaiters() {
    this.#waiters = this.#waiters.filter(({ left, resolve }) => {
      for (const number of left) {
        if (this.#batches.has(number)) return true;
        left.delete(number);
      }
      resolve();
      return false;
    });
  }

  #meant(error) {
    return error.code === "ABORT_ERR" && this.#abortion ? this.#abortion[0] : fromNative(error);
  }
}

module.exports = { Deliveries };
