"use strict";

const NAMESPACE = "socket.io-postgres-emitter";

let logger;

/** Loaded when first needed: most processes never print anything. */
const debug = (...args) => {
  logger ??= require("debug")(NAMESPACE);
  logger(...args);
};

/** Whether messages are printed; errors are told to `debug` in any case, which knows by itself. */
const isDebugging = Boolean(process.env.DEBUG) && require("debug").enabled(NAMESPACE);

module.exports = { debug, isDebugging };
