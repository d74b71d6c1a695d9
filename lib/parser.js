"use strict";

const { messageOf, notSerializable } = require("./errors.js");

/**
 * A message as the caller's own parser encodes it.
 *
 * @throws {EmitterError} `ERR_NOT_SERIALIZABLE`
 */
const encode = (parser, message) => {
  let payload;
  try {
    payload = parser.encode(message);
  } catch (error) {
    throw notSerializable(`options.parser failed: ${messageOf(error)}`, error);
  }
  if (payload instanceof Uint8Array) return payload;
  throw notSerializable("options.parser.encode must return a Uint8Array");
};

module.exports = { encode };
