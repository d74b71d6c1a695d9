"use strict";

const { messageTypes } = require("./constants.js");
const { withoutMarks } = require("./packet.js");

/** "SOCKETS_JOIN" as a name of JavaScript's. */
const nameOf = (name) =>
  name.toLowerCase().replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The kinds of message, by their numbers on the wire, as text. */
const Kind = Object.freeze(
  Object.fromEntries(messageTypes.map(({ name, number }) => [nameOf(name), String(number)])),
);

/**
 * A whole message as an object, for a parser of the caller's own.
 *
 * @param {Namespace} namespace
 * @param {string} kind - its number, as text
 * @param {string} opts - JSON
 * @param {Packet} body
 */
const toMessage = (namespace, kind, opts, body) => {
  const isText = typeof body === "string";
  const message = JSON.parse(namespace.message(Number(kind), opts, isText ? body : body.text));
  // Only a packet with values set aside has marks: a room may look like one.
  if (!isText) message.data.packet = withoutMarks(message.data.packet, body);
  return message;
};

module.exports = { Kind, toMessage };
