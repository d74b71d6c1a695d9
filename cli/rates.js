"use strict";

const INTERVAL = 1_000;

/** How much travels: a line at the bottom of a terminal, and the whole of it at the end. */
class Rates {
  #stream;
  #timer;
  #begin = performance.now();
  #total = { messages: 0, bytes: 0, dropped: 0 };
  #last = { messages: 0, bytes: 0 };
  #shown = false;

  constructor(stream = process.stderr) {
    this.#stream = stream;
    if (stream.isTTY) this.#timer = setInterval(() => this.#show(), INTERVAL);
  }

  count(bytes) {
    this.#total.messages++;
    this.#total.bytes += bytes;
  }

  /** Messages that came faster than they could be shown. */
  drop(count) {
    this.#total.dropped += count;
  }

  /** Takes the line away, before another is printed. */
  clear() {
    if (!this.#shown) return;
    this.#shown = false;
    this.#stream.write("\r\x1b[K");
  }

  end() {
    clearInterval(this.#timer);
    this.clear();
    const { messages, bytes, dropped } = this.#total;
    const seconds = (performance.now() - this.#begin) / 1000;
    const lost = dropped > 0 ? `, and ${dropped} too fast to show` : "";
    this.#stream.write(`${messages} messages, ${bytes} bytes in ${seconds.toFixed(1)} s${lost}\n`);
  }

  #show() {
    const { messages, bytes } = this.#total;
    const last = this.#last;
    this.#last = { messages, bytes };
    this.clear();
    this.#shown = true;
    const rate = `${messages - last.messages} messages/s, ${bytes - last.bytes} bytes/s`;
    this.#stream.write(`${rate}, ${messages} messages in all`);
  }
}

module.exports = { Rates };
