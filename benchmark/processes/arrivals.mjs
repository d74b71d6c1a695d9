// Which messages of a run have come, and in which order.

import { FIRST_SEQ } from "../events.mjs";

export class Arrivals {
  #seen = new Uint8Array(65_536);
  #highest = -1;
  distinct = 0;
  duplicates = 0;
  outOfOrder = 0;

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
    if (place < this.#highest) this.outOfOrder++;
    else this.#highest = place;
  }

  #grow(place) {
    const seen = new Uint8Array(2 ** Math.ceil(Math.log2(place + 1)));
    seen.set(this.#seen);
    this.#seen = seen;
  }
}

/** Headers of attachments, whose ids the server numbers: they need not be consecutive. */
export class AttachmentArrivals {
  #highest = -1;
  distinct = 0;
  duplicates = 0;
  outOfOrder = 0;

  add(id) {
    if (id === this.#highest) {
      this.duplicates++;
      return;
    }
    this.distinct++;
    if (id < this.#highest) this.outOfOrder++;
    else this.#highest = id;
  }
}
