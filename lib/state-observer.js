"use strict";

const { fromNative } = require("./errors.js");

/** Tells the caller of the connection's state. */
class StateObserver {
  #isClosed = false;

  constructor(onStateChange) {
    this.onStateChange = onStateChange;
  }

  /** The end is told by `close()` before it resolves; the native side tells of it, too. */
  changed(state, cause) {
    if (this.#isClosed) return;
    this.#isClosed = state === "closed";
    this.onStateChange?.({ state, cause: cause ? fromNative(cause) : undefined });
  }
}

module.exports = { StateObserver };
