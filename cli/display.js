"use strict";

const { styleText } = require("node:util");
const { harmless, harmlessJson } = require("./harmless.js");

const STYLES = {
  broadcast: "green",
  "server-side-emit": "magenta",
  "sockets-join": "cyan",
  "sockets-leave": "cyan",
  "disconnect-sockets": "yellow",
  unreadable: "red",
  heartbeat: "gray",
  "initial-heartbeat": "gray",
  "adapter-close": "gray",
};

/** The rest: questions to the servers, and their answers. */
const OTHER = "blue";

/** How much of the arguments a line shows. */
const MAX_ARGUMENTS = 160;

const isBytes = (value) => value instanceof Uint8Array;

/** What `JSON.stringify` makes of bytes: `{ "$base64": "AQID" }`. A Buffer's `toJSON` comes before it. */
function bytesAsBase64(key, value) {
  const own = this[key];
  return isBytes(own) ? { $base64: Buffer.from(own).toString("base64") } : value;
}

const bytesAsSize = (_key, value) => (isBytes(value) ? `<${value.length} bytes>` : value);

/** A JSON object, in one line. */
const toJsonLine = (entry) => `${harmlessJson(JSON.stringify(entry, bytesAsBase64))}\n`;

/** A received value as a word: a text as it is, all else as JSON. */
const wordOf = (value) => (typeof value === "string" ? value : JSON.stringify(value, bytesAsSize));

const listOf = (label, values) =>
  values?.length > 0 ? ` ${label} ${values.map(wordOf).join(", ")}` : "";

const shortened = (text) =>
  text.length > MAX_ARGUMENTS ? `${text.slice(0, MAX_ARGUMENTS - 1)}…` : text;

/** A line for people; with colours, when there are any. */
const toText = (entry, colours) => {
  const { time, channel, nsp, kind, rooms, except, event, args, bytes, attachmentId, error } =
    entry;
  // The caller has decided, and not by whether stdout is a terminal.
  const paint = (style, text) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const where = `${listOf("to", rooms)}${listOf("except", except)}`;
  const values = (args ?? []).map((value) => JSON.stringify(value, bytesAsSize) ?? "");
  const what = [event === null ? "" : JSON.stringify(event), ...values].filter(Boolean).join(" ");
  const size = attachmentId === null ? `${bytes} B` : `${bytes} B, attachment ${attachmentId}`;
  const line = [
    paint("gray", time.slice(11, 23)),
    paint(STYLES[kind] ?? OTHER, kind),
    harmless(shortened(`${wordOf(nsp ?? channel)}${where}`)),
    harmless(shortened(what)),
    paint("gray", harmless(`(${size})`)),
    error ? paint("red", harmless(error)) : "",
  ];
  return `${line.filter(Boolean).join("  ")}\n`;
};

module.exports = { toJsonLine, toText };
