"use strict";

// Errors that both sides make, in the native side's words. Not in `errors.js`, which is there without it.

const { closedError, notSupportedError, reservedEventError } = require("../binding.js");
const { fromNative } = require("./errors.js");

/** The emitter is closed. */
const closed = () => fromNative(closedError());

/** `call` needs an answer, and `way` gives none. */
const notSupported = (call, way = "an executor") => fromNative(notSupportedError(call, way));

/** The event's name belongs to Socket.IO. */
const reservedEvent = (event) => fromNative(reservedEventError(event));

module.exports = { closed, notSupported, reservedEvent };
