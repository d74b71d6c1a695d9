"use strict";

const { isDate, isUint8Array } = require("node:util/types");
const { decodeForeign } = require("../foreign-attachment.js");

/**
 * What a notification says: the message, or nothing for what nobody understands. Of what is no answer
 * to this emitter the native side passes on only a sign of life, `{ uid, nsp }`, or of an attachment
 * `{ uid, attachmentId }` (`src/protocol/hearing.rs`).
 */
const readPayload = (payload) => readMessage(() => JSON.parse(payload));

/** An attachment's message, with its bytes as Buffers, as a server gets them. */
const readAttachment = (payload) => readMessage(() => withBuffers(decodeForeign(payload)));

const readMessage = (read) => {
  let message;
  try {
    message = read();
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null) return undefined;
  if (typeof message.uid !== "string") return undefined;
  // Of what emitters say, only this one's heartbeats are passed on: they show that it is heard.
  return message.uid !== "emitter" || typeof message.echo === "string" ? message : undefined;
};

const withBuffers = (value) => {
  if (isUint8Array(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (Array.isArray(value)) return value.map(withBuffers);
  if (typeof value !== "object" || value === null || isDate(value)) return value;
  for (const key of Object.keys(value)) value[key] = withBuffers(value[key]);
  return value;
};

module.exports = { readPayload, readAttachment };
