"use strict";

const { performance } = require("node:perf_hooks");
const { debug } = require("./debug.js");

/** The clock, taken once: a test may replace it. */
const now = performance.now.bind(performance);

/** How much of a value one line shows, in UTF-16 code units. */
const MAX_LENGTH = 200;

const shortened = (text) => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text);

/** The value as JSON: it cannot act on a terminal, and the room 42 is not the room "42". */
const listOf = (label, rooms) =>
  rooms.length > 0
    ? ` ${label} ${shortened(rooms.map((room) => JSON.stringify(room)).join(", "))}`
    : "";

/** A message in words: `emit "paid" to "order:17" except "staff", 93 bytes`. */
const describe = ({ method, event, rooms, except }, { body }, { bytes }) => {
  // The arguments are rooms to join, or whether connections are closed. Those of an event may be secret.
  const what = event === undefined ? body : JSON.stringify(event);
  const words = typeof what === "string" && what !== "" ? ` ${shortened(what)}` : "";
  return `${method}${words}${listOf("to", rooms)}${listOf("except", except)}, ${bytes} bytes`;
};

/**
 * Prints what is sent by `send`, and what becomes of it after how long.
 *
 * @param {string} channel
 * @param {{ method: string, event?: string, rooms: Rooms, except: Rooms }} call
 * @param {{ kind: string, body: Packet }} message
 * @param {{ bytes: number, attachment: boolean }} measured
 * @param {() => Promise<void>} send
 */
const printing = (channel, call, message, measured, send) => {
  const how = measured.attachment ? " with attachment" : "";
  const what = describe(call, message, measured);
  // The line begins as the official emitter's does.
  debug(`sending event of type %s${how} to channel %s: %s`, message.kind, channel, what);
  const begin = now();
  const print = (outcome) =>
    debug("%s after %s ms to channel %s: %s", outcome, (now() - begin).toFixed(1), channel, what);
  const promise = send();
  promise.then(
    () => print("sent"),
    (error) => print(`failed with ${error?.code ?? error?.name}`),
  );
  return promise;
};

module.exports = { printing };
