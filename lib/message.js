"use strict";

const { messageTypes } = require("./constants.js");
const { withoutMarks } = require("./packet.js");

/** "SOCKETS_JOIN" as a name of JavaScript's. */
const nameOf = (name) =>
  name.toLowerCase().replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());

/**
 * A message on its way, in pieces of which the native side makes its text.
 *
 * @typedef {object} Outgoing
 * @property {string} kind - its number, as text
 * @property {string} opts - the sockets that it is for: JSON texts of the rooms, of those that are left out and, where
 * its kind has some, of its flags, with a tab between them (`src/wire/outgoing.rs`)
 * @property {Packet} body - JSON; only of a packet something may be set aside
 * @property {string} [requestId] - the id that answers bear, where answers are asked for
 */

/** The kinds of message, by their numbers on the wire, as text. */
const Kind = Object.freeze(
  Object.fromEntries(messageTypes.map(({ name, number }) => [nameOf(name), String(number)])),
);

/**
 * A whole message as an object, for a parser of the caller's own.
 *
 * @param {Namespace} namespace
 * @param {Outgoing} outgoing
 */
const toMessage = (namespace, { kind, opts, body, requestId }) => {
  const isText = typeof body === "string";
  const text = namespace.message(Number(kind), opts, isText ? body : body.text, requestId);
  const message = JSON.parse(text);
  // Only a packet with values set aside has marks: a room may look like one.
  if (!isText) message.data.packet = withoutMarks(message.data.packet, body);
  return message;
};

module.exports = { Kind, toMessage };
