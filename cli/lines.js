"use strict";

const { StringDecoder } = require("node:string_decoder");
const { Progress } = require("./progress.js");

/** What may be on its way at once: enough to fill the groups that PostgreSQL commits, and no more. */
const MAX_IN_FLIGHT = 8192;
const MAX_LENGTH_IN_FLIGHT = 8 * 2 ** 20;

/** The lines of a stream, those of one chunk together. */
async function* linesOf(stream) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop();
    yield lines;
  }
  yield [rest + decoder.end()];
}

/** Counts what is in flight, and makes a sender that is too fast wait. */
class Window {
  #count = 0;
  #length = 0;
  #wake;

  enter(length) {
    this.#count++;
    this.#length += length;
  }

  leave(length) {
    this.#count--;
    this.#length -= length;
    // At half of it: a sender that is woken for each message sends one by one.
    if (this.#wake && this.#isBelow(0.5)) {
      this.#wake();
      this.#wake = undefined;
    }
  }

  /** Resolves when there is room; undefined when there is now. */
  room() {
    if (this.#isBelow(1)) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #isBelow(part) {
    return this.#count < MAX_IN_FLIGHT * part && this.#length < MAX_LENGTH_IN_FLIGHT * part;
  }
}

/** An error, with the line that it is about. */
const at = (number, error) =>
  Object.assign(new Error(`line ${number}: ${error.message}`, { cause: error }), {
    code: error.code,
    hint: error.hint,
  });

/**
 * Sends each line of `stream`, which is JSON; empty lines are passed over. The first failure, or the
 * end of `stream` by the abort of `signal`, ends it: what is on its way then still arrives.
 *
 * @param {(value: unknown) => Promise<void>} send
 */
const sendLines = async (stream, send, progress = new Progress(), signal = undefined) => {
  const window = new Window();
  const inFlight = new Set();
  let failure;
  let number = 0;

  const sendLine = (line) => {
    const place = number;
    const fail = (error) => {
      failure ??= at(place, error);
    };
    try {
      window.enter(line.length);
      const sent = send(JSON.parse(line))
        .then(() => progress.count(), fail)
        .then(() => {
          window.leave(line.length);
          inFlight.delete(sent);
        });
      inFlight.add(sent);
    } catch (error) {
      fail(error);
    }
  };

  try {
    for await (const lines of linesOf(stream)) {
      for (const line of lines) {
        number++;
        if (line.trim() === "") continue;
        // Only when there is none: without a wait in between, messages share one hand-over.
        const room = window.room();
        if (room) await room;
        if (failure) throw failure;
        if (signal?.aborted) return;
        sendLine(line);
      }
      if (failure) throw failure;
    }
  } catch (error) {
    // A stream that is ended from outside says so by an error.
    if (failure || !signal?.aborted) throw error;
  } finally {
    await Promise.all(inFlight);
    progress.end();
  }
  if (failure) throw failure;
};

module.exports = { MAX_IN_FLIGHT, sendLines };
