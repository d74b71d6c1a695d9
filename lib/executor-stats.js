"use strict";

const { byteLength } = Buffer;

const sizeOf = (values) =>
  values.reduce(
    (sum, value) => sum + (typeof value === "string" ? byteLength(value) : value.length),
    0,
  );

/**
 * The stats of an emitter without a connection of its own, of what it counts. Each message counts as a
 * batch: their transactions are unknown.
 */
const statsWithoutConnection = ({ messages, bytes, attachments, failed, inFlight }) => ({
  messages,
  bytes,
  batches: messages,
  attachments,
  failed,
  inFlight,
  queuedBytes: 0,
  reconnects: 0,
  encrypted: null,
});

/** Counts the statements of an executor. */
class ExecutorStats {
  #messages = 0;
  #bytes = 0;
  #attachments = 0;
  #failed = 0;
  #inFlight = 0;

  /** Counts a statement that is handed to the executor; returns the functions that count its outcome. */
  start(values) {
    this.#inFlight++;
    const size = sizeOf(values);
    return {
      sent: () => {
        this.#inFlight--;
        this.#messages++;
        this.#bytes += size;
        if (typeof values[0] !== "string") this.#attachments++;
      },
      lost: () => {
        this.#inFlight--;
      },
    };
  }

  /** Counts a call that failed. */
  failed() {
    this.#failed++;
  }

  get() {
    return statsWithoutConnection({
      messages: this.#messages,
      bytes: this.#bytes,
      attachments: this.#attachments,
      failed: this.#failed,
      inFlight: this.#inFlight,
    });
  }
}

module.exports = { ExecutorStats, statsWithoutConnection };
