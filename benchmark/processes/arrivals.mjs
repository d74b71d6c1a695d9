// Which messages of a run have come, and in which order.

import { FIRST_SEQ } from "../events.mjs";

export class Arrivals {
  #seen = new Uint8Array(4_096);
  /** Of each namespace: messages have an order within one. */
  #highest;
  distinct = 0;
  duplicates = 0;
  outOfOrder = 0;

  /** The arrivals of messages that were sent to `namespaces` namespaces in turn. */
  constructor(namespaces) {
    this.#highest = new Int32Array(namespaces).fill(-1);
  }

  /** The message with this sequence number has come. */
  add(seq) {
    const place = seq - FIRST_SEQ;
    if (place >= this.#seen.length) this.#grow(place);
    if (this.#seen[place] === 1) {
      this.duplicates++;
      return;
    }
    this.#seen[place] = 1;
    this.distinct++;
    const namespace = place % this.#highest.length;
    if (place < this.#highest[namespace]) this.outOfOrder++;
    else this.#highest[namespace] = place;
  }

  #grow(place) {
    const seen = new Uint8Array(2 ** Math.ceil(Math.log2(place + 1)));
    seen.set(this.#seen);
    this.#seen = seen;
  }
}

/** Headers of attachments, whose ids the server numbers: they need not be consecutive. */
export class AttachmentArrivals {
  #seen = new Set();
  #highest = -1;
  distinct = 0;
  duplicates = 0;
  outOfOrder = 0;

  add(id) {
    if (this.#seen.has(id)) {
      this.duplicates++;
      return;
    }
    this.#seen.add(id);
    this.distinct++;
    if (id < this.#highest) this.outOfOrder++;
    else this.#highest = id;
  }
}
