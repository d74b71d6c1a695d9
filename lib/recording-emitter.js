"use strict";

const { AssertionError } = require("node:assert");
const { inspect, isDeepStrictEqual } = require("node:util");
const { Emitter, Shared } = require("./emitter.js");
const { invalidType } = require("./errors.js");
const { functionOf, isMissing, readOptions } = require("./options.js");
const { ignore } = require("./handled.js");
const { RecordingPublisher } = require("./recording-publisher.js");

/** The parts that a recording emitter and those it makes share: one list of messages. */
class Recording extends Shared {
  sent;

  constructor(options, sent = [], way = { outbox: false }) {
    super(options, new RecordingPublisher(sent, options, way), way.outbox);
    this.sent = sent;
  }

  on(executor, throughOutbox = false) {
    return new Recording(this.options, this.sent, { outbox: throughOutbox, executor });
  }

  outbox() {
    return new Recording(this.options, this.sent, { outbox: true });
  }
}

const recordingOf = (given) => {
  if (isMissing(given)) return new Recording({ ...readOptions({}), errorHandler: ignore });
  if (typeof given !== "object") throw invalidType("options", "an object", given);
  const { answer, ...options } = given;
  const errorHandler = functionOf(options, "errorHandler") ?? ignore;
  return new Recording({
    ...readOptions(options),
    answer: functionOf({ answer }, "answer"),
    errorHandler,
  });
};

/** An emitter that sends nothing; `testing.d.ts` documents each call. */
class RecordingEmitter extends Emitter {
  #sent;

  constructor(nsp, options) {
    const recording = recordingOf(options);
    super(recording, nsp);
    this.#sent = recording.sent;
  }

  get sent() {
    return this.#sent;
  }

  clear() {
    this.#sent.length = 0;
  }

  assertSent(expected) {
    const found = this.#find(expected);
    if (found === undefined) this.#fail("no message is", expected, this.assertSent);
    return found;
  }

  assertNotSent(expected = {}) {
    if (this.#find(expected) !== undefined)
      this.#fail("a message is", expected, this.assertNotSent);
  }

  #find(expected) {
    if (typeof expected !== "object" || expected === null) {
      throw invalidType("expected", "an object", expected);
    }
    const wanted = Object.entries(expected);
    return this.#sent.find((message) =>
      wanted.every(([name, value]) => isDeepStrictEqual(message[name], value)),
    );
  }

  #fail(what, expected, stackStartFn) {
    const list = this.#sent.map((message) => `\n  ${inspect(message, { breakLength: 100 })}`);
    throw new AssertionError({
      message: `${what} ${inspect(expected)}; sent were ${this.#sent.length}:${list.join("")}`,
      actual: this.#sent,
      expected,
      operator: stackStartFn.name,
      stackStartFn,
    });
  }
}

module.exports = { RecordingEmitter };
