"use strict";

const { isDate, isUint8Array } = require("node:util/types");
const { EmitterError, copyOf, fromNative, messageOf } = require("./errors.js");

/** Hints for errors of the connection that listens: the native side knows no options. */
const HINTS = {
  ERR_LISTENER_POOLED: "give the way around the pooler as options.listenConnection",
  ERR_LISTENER_LOST:
    "options.listenConnection has to lead to the database of the connection that publishes",
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

/** The native side has looked whether it holds what it says, and how deep it is nested. */
const decoded = (bytes) => {
  // Loaded when first needed: it takes a third of the time that the whole package takes to load.
  const { decode } = require("@msgpack/msgpack");
  return decode(bytes);
};

/**
 * The answers as values: those that came as JSON together, the others each, with their bytes as Buffers.
 * Of one that cannot be read, the error is given.
 */
const readResponses = ({ json, encoded = [], absent = [] }) => {
  const responses = JSON.parse(json);
  for (const place of absent) responses[place] = undefined;
  let unreadable;
  for (const { place, value } of encoded.reverse()) {
    try {
      responses[place] = withBuffers(decoded(value));
    } catch (error) {
      // The last one is removed first, so that the places of the others stay.
      responses.splice(place, 1);
      unreadable = new EmitterError(
        "ERR_INVALID_RESPONSE",
        `an answer cannot be read: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
  return { values: responses, unreadable };
};

/** An error of the native side's about listening, with more fields. */
const listeningError = (failure, more) => {
  const error = copyOf(fromNative(failure), more);
  const hint = HINTS[error.code];
  // An error with a cause needs no hint.
  if (hint && error.cause === undefined) error.hint ??= hint;
  return error;
};

/**
 * The answers to a request. No async function: its own `await` would seem to be one of the caller's.
 *
 * @param {object} asked - `published`, a promise of its publication; `outcome`, a promise of the
 * native side's of the answers; `done` is called when the answers are about to be settled
 * @param {(responses: unknown[]) => unknown[]} read - what is made of the answers
 * @param {(failure: object) => object} causeOf - why, where the caller has a reason of his own
 * @returns {Promise<unknown[]>} rejected with what the publication failed with, or with the `responses` that
 * came
 */
const answersOf = ({ published, outcome, done }, read, causeOf) =>
  published
    .then(() => outcome)
    .then(
      ({ failure, ...came }) => {
        done();
        const { values, unreadable } = readResponses(came);
        const responses = read(values);
        if (failure) throw listeningError(failure, { responses, ...causeOf(failure) });
        if (unreadable) throw copyOf(unreadable, { responses });
        return responses;
      },
      (error) => {
        done();
        throw error;
      },
    );

module.exports = { answersOf, listeningError };
