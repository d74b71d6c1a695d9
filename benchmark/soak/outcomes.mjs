// What became of each message.

const UNSETTLED = 0;
const RESOLVED = 1;

/** The outcomes of messages by their numbers, in a byte each: its own memory is not to be measured. */
export class Outcomes {
  #bytes = new Uint8Array(2 ** 20);
  #codes = [undefined, undefined];
  length = 0;

  add() {
    if (this.length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    return this.length++;
  }

  resolve(n) {
    this.#bytes[n] = RESOLVED;
  }

  reject(n, code) {
    if (!this.#codes.includes(code)) this.#codes.push(code);
    this.#bytes[n] = this.#codes.indexOf(code);
  }

  /** The numbers of messages whose promise was not settled. */
  get unsettled() {
    return [...this.#bytes.subarray(0, this.length).entries()]
      .filter(([, byte]) => byte === UNSETTLED)
      .map(([n]) => n);
  }

  /** The code of each; nothing for what resolved. */
  *[Symbol.iterator]() {
    for (let n = 0; n < this.length; n++) yield this.#codes[this.#bytes[n]];
  }
}
