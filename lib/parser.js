"use strict";

const { isUint8Array } = require("node:util/types");
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
  if (isUint8Array(payload)) return payload;
  throw notSerializable("options.parser.encode must return a Uint8Array");
};

module.exports = { encode };
