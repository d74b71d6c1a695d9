"use strict";

// How `console.log` and a test's comparison see objects that keep everything private.

const { inspect } = require("node:util");

/** The name of the method by which Node, Bun and Deno ask an object how it is to be shown. */
const CUSTOM = inspect.custom;

/**
 * The property by which a comparison finds that objects whose messages go different ways are not equal. A
 * symbol, so that neither `JSON.stringify` nor `Object.keys` sees it.
 */
const IDENTITY = Symbol("socket.io-postgres-emitter.identity");

/**
 * Has `inspect` show objects of a class by the fields that `read` gives of one.
 *
 * @param {Function} shown
 * @param {(object: object) => object} read
 */
const showAs = (shown, read) => {
  Object.defineProperty(shown.prototype, CUSTOM, {
    value(depth, options) {
      const { name } = this.constructor;
      if (depth < 0) return options.stylize(`[${name}]`, "special");
      return `${name} ${inspect(read(this), { ...options, depth: options.depth ?? 2 })}`;
    },
    configurable: true,
    writable: true,
  });
};

module.exports = { IDENTITY, showAs };
