"use strict";

/** Types 3 to 7 and 9: what a server says to the others, and no answer to anybody. */
const TO_OTHERS = /^\{"type":[3-79],/;

/** Where adapters 0.3.1 to 0.5.0 write who they are: at the end. */
const WHO_AT_END = /"uid":"([\w-]+)"(?:,"nsp":"(?:[^"\\]|\\.)*")?(?:,"nodeId":"[\w-]+")?\}$/;

const TAIL = 300;

const OURS = '{"uid":"emitter"';

/**
 * What a notification says: the message, or for what is no answer only `{ uid }`, a sign of life
 * whose text, which can be long, is not parsed. Nothing, for what an emitter sent or nobody
 * understands.
 */
const readPayload = (payload) => {
  if (payload.startsWith(OURS) && !payload.includes('"attachmentId"', OURS.length)) {
    return undefined;
  }
  if (TO_OTHERS.test(payload)) {
    const who = WHO_AT_END.exec(payload.slice(-TAIL));
    if (who) return { uid: who[1] };
  }
  return readMessage(() => JSON.parse(payload));
};

/** An attachment's message, with its bytes as Buffers, as a server gets them. */
const readAttachment = (payload) => {
  // Loaded when first needed: it takes a third of the time that the whole package takes to load.
  const { decode } = require("@msgpack/msgpack");
  return readMessage(() => withBuffers(decode(payload)));
};

const readMessage = (read) => {
  let message;
  try {
    message = read();
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null) return undefined;
  return typeof message.uid === "string" && message.uid !== "emitter" ? message : undefined;
};

const withBuffers = (value) => {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (Array.isArray(value)) return value.map(withBuffers);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  for (const key of Object.keys(value)) value[key] = withBuffers(value[key]);
  return value;
};

module.exports = { readPayload, readAttachment };
