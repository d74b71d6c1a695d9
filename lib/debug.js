"use strict";

const NAMESPACE = "socket.io-postgres-emitter";

let logger;

/** `debug`, loaded when first needed: most processes never print anything. */
const debug = (...args) => {
  logger ??= require("debug")(NAMESPACE);
  logger(...args);
};

/** Whether messages are printed; errors go to `debug` in any case, which decides by itself. */
const isDebugging = Boolean(process.env.DEBUG) && require("debug").enabled(NAMESPACE);

module.exports = { debug, isDebugging };
