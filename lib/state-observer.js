"use strict";

const { fromNative } = require("./errors.js");
const { callNow } = require("./unfaked.js");

/** Calls `onStateChange` for each change of the connection's state. */
class StateObserver {
  #isClosed = false;

  constructor(onStateChange) {
    this.onStateChange = onStateChange;
  }

  /**
   * The state has changed. `close()` reports `closed` before it resolves; the native side's report of it is
   * ignored.
   */
  changed(state, cause) {
    if (this.#isClosed) return;
    this.#isClosed = state === "closed";
    const change = { state, cause: cause ? fromNative(cause) : undefined };
    callNow(() => this.onStateChange?.(change));
  }
}

module.exports = { StateObserver };
