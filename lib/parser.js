"use strict";

const { isUint8Array } = require("node:util/types");
const { messageOf, notSerializable } = require("./errors.js");
const { toMessage } = require("./message.js");

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

/**
 * A message for the table, as the caller's own parser encodes it; undefined where it travels inside the NOTIFY.
 *
 * @param {{ encode(message: object): Uint8Array }} parser
 * @param {{ isInline(namespace: Namespace, message: Outgoing): boolean }} publisher
 * @param {Namespace} namespace
 * @param {Outgoing} message
 * @throws {EmitterError} `ERR_NOT_SERIALIZABLE`
 */
const encodedForTable = (parser, publisher, namespace, message) =>
  publisher.isInline(namespace, message)
    ? undefined
    : encode(parser, toMessage(namespace, message));

module.exports = { encodedForTable };
