"use strict";

const { fromNative } = require("./errors.js");

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
    this.onStateChange?.({ state, cause: cause ? fromNative(cause) : undefined });
  }
}

module.exports = { StateObserver };
