"use strict";

/** How often a long run tells how far it is, in milliseconds: on a terminal, and in a log. */
const TERMINAL_INTERVAL = 500;
const LOG_INTERVAL = 10_000;

/** How many messages were sent, on standard error. */
class Progress {
  #sent = 0;
  #begin = performance.now();
  #stream;
  #timer;

  constructor(stream = process.stderr) {
    this.#stream = stream;
    const show = () => this.#write(stream.isTTY ? "\r" : "", stream.isTTY ? "" : "\n");
    this.#timer = setInterval(show, stream.isTTY ? TERMINAL_INTERVAL : LOG_INTERVAL);
    this.#timer.unref();
  }

  count() {
    this.#sent++;
  }

  get sent() {
    return this.#sent;
  }

  /** The whole of it. */
  end() {
    clearInterval(this.#timer);
    this.#write(this.#stream.isTTY ? "\r" : "", "\n");
  }

  #write(before, after) {
    const seconds = (performance.now() - this.#begin) / 1000;
    const rate = Math.round(this.#sent / seconds);
    this.#stream.write(`${before}${this.#sent} sent in ${seconds.toFixed(1)} s, ${rate}/s${after}`);
  }
}

module.exports = { Progress };
