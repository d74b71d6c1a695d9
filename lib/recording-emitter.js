"use strict";

const { AssertionError } = require("node:assert");
const { inspect, isDeepStrictEqual } = require("node:util");
const { Emitter, Shared } = require("./emitter.js");
const { invalidType } = require("./errors.js");
const { checkExecutor } = require("./executor.js");
const { namesOf, unknownName } = require("./names.js");
const { functionOf, isMissing, readOptions } = require("./options.js");
const { ignore } = require("./handled.js");
const { RecordingPublisher } = require("./recording-publisher.js");

/** The parts that a recording emitter and those it makes share: one list of messages. */
class Recording extends Shared {
  sent;
  #way;

  /** @param {RecordingPublisher} [sibling] - of an emitter that would send on the same connection */
  constructor(options, sent = [], way = { outbox: false }, sibling = undefined) {
    super(options, new RecordingPublisher(sent, options, way, sibling), way.outbox);
    this.sent = sent;
    this.#way = way;
  }

  on(executor, throughOutbox = false) {
    checkExecutor(executor);
    return new Recording(this.options, this.sent, { outbox: throughOutbox, executor });
  }

  outbox() {
    return new Recording(this.options, this.sent, { ...this.#way, outbox: true }, this.publisher);
  }
}

const recordingOf = (given) => {
  if (isMissing(given)) return new Recording({ ...readOptions({}), errorHandler: ignore });
  if (typeof given !== "object" || Array.isArray(given)) {
    throw invalidType("options", "an object", given);
  }
  const { answer, ...options } = given;
  const errorHandler = functionOf(options, "errorHandler") ?? ignore;
  return new Recording({
    ...readOptions(options),
    answer: functionOf({ answer }, "answer"),
    errorHandler,
  });
};

/** The fields of a message. */
const FIELDS = ["args", "call", "event", "except", "executor", "flags", "nsp", "outbox", "rooms"];

/** A message for people to read. An executor is named only: it is long, and may hold a password. */
const shown = (message) => {
  const { executor, ...fields } = message;
  const named = "executor" in message && {
    executor: executor?.constructor?.name ?? typeof executor,
  };
  return inspect({ ...fields, ...named }, { breakLength: 100 });
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
    const unknown = namesOf(expected).find((name) => !FIELDS.includes(name));
    if (unknown !== undefined) throw unknownName("expected", unknown, FIELDS);
    const wanted = Object.entries(expected);
    return this.#sent.find((message) =>
      wanted.every(([name, value]) => isDeepStrictEqual(message[name], value)),
    );
  }

  #fail(what, expected, stackStartFn) {
    const list = this.#sent.map((message) => `\n  ${shown(message)}`);
    throw new AssertionError({
      message: `${what} ${shown(expected)}; sent were ${this.#sent.length}:${list.join("")}`,
      actual: this.#sent,
      expected,
      operator: stackStartFn.name,
      stackStartFn,
    });
  }
}

module.exports = { RecordingEmitter };
