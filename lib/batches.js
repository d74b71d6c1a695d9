"use strict";

const { fromNative } = require("./errors.js");
const { microtask } = require("./unfaked.js");

/** The most messages and UTF-16 code units of one batch. */
const MAX_BATCH = 256;
const MAX_BATCH_LENGTH = 65_536;

/**
 * Hands messages to the native side in batches: those of one run of JavaScript and one namespace together, as
 * one text in one call.
 */
class Batches {
  #native;
  #deliveries;
  #number = 0;
  #batch;
  #namespace;
  #text = "";
  #isScheduled = false;
  #onMicrotask = () => {
    this.#isScheduled = false;
    this.handOver();
  };

  /**
   * @param {NativePublisher} native
   * @param {Deliveries} deliveries
   */
  constructor(native, deliveries) {
    this.#native = native;
    this.#deliveries = deliveries;
  }

  /** How many messages wait to be handed over. */
  get waiting() {
    return this.#batch?.size ?? 0;
  }

  /** Adds a message; resolves when it is settled. */
  add(namespace, kind, opts, body, event) {
    if (namespace !== this.#namespace) this.handOver();
    if (this.#batch === undefined) this.#open(namespace);
    // The form that `src/wire/submission.rs` reads.
    this.#text += `${kind}${opts}\n${body}\n`;
    const promise = this.#batch.add(event);
    if (this.#batch.size === MAX_BATCH || this.#text.length > MAX_BATCH_LENGTH) this.handOver();
    return promise;
  }

  #open(namespace) {
    const { number, batch } = this.#deliveries.open(namespace);
    this.#number = number;
    this.#batch = batch;
    this.#namespace = namespace;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      microtask(this.#onMicrotask);
    }
  }

  /**
   * Sends one message in a batch of its own, in its place in the order.
   *
   * @param {(number: number, batch: Batch) => void} handOver
   * @param {boolean} [hasCallback] - whether a callback gets its error
   */
  addAlone(namespace, event, handOver, hasCallback = false) {
    this.handOver();
    const { number, batch } = this.#deliveries.open(namespace, hasCallback);
    const promise = batch.add(event);
    try {
      handOver(number, batch);
    } catch (error) {
      this.#deliveries.fail(number, fromNative(error));
    }
    return promise;
  }

  /** Hands over the open batch; resolves when everything in flight is settled. */
  flush() {
    this.handOver();
    return this.#deliveries.settled((number) => this.#native.flush(number));
  }

  /** Hands over the open batch. */
  handOver() {
    const batch = this.#batch;
    if (batch === undefined) return;
    const text = this.#text;
    this.#batch = undefined;
    this.#text = "";
    try {
      this.#native.publish(this.#number, this.#namespace, batch.size, text);
    } catch (error) {
      this.#deliveries.fail(this.#number, fromNative(error));
    }
  }
}

module.exports = { Batches };
