"use strict";

const { byteLength } = Buffer;

const sizeOf = (values) =>
  values.reduce(
    (sum, value) => sum + (typeof value === "string" ? byteLength(value) : value.length),
    0,
  );

/** Counts the statements of an executor. Each counts as a batch: its transactions are unknown. */
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
    return {
      messages: this.#messages,
      bytes: this.#bytes,
      batches: this.#messages,
      attachments: this.#attachments,
      failed: this.#failed,
      inFlight: this.#inFlight,
      queuedBytes: 0,
      reconnects: 0,
      encrypted: null,
    };
  }
}

module.exports = { ExecutorStats };
