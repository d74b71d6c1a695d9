"use strict";

const { NativeStatements } = require("../binding.js");
const { native } = require("./errors.js");
const { inlineBytesOf } = require("./options.js");
const { encodedForTable } = require("./parser.js");

/** Makes the statements that send a message on a connection of the caller's. */
class CallerStatements {
  #native;
  #parser;

  constructor({ tableName, outboxTable, payloadThreshold, attachmentTtlMillis, parser }) {
    const threshold = inlineBytesOf({ payloadThreshold });
    this.#native = native(
      () => new NativeStatements(tableName, outboxTable, threshold, attachmentTtlMillis),
    );
    this.#parser = parser;
  }

  /** The SQL that creates the attachment table if it is not there: one statement. */
  get ensureTable() {
    return this.#native.ensureTable;
  }

  /** The SQL that creates the outbox if it is not there: one statement. */
  get ensureOutbox() {
    return this.#native.ensureOutbox;
  }

  /**
   * The statement of a message; its arguments are those of `ConnectionPublisher.send`.
   *
   * @returns {{ text: string, values: Array<string | Buffer> }}
   * @throws {EmitterError} `ERR_NOT_SERIALIZABLE`
   */
  of(namespace, kind, opts, body) {
    const number = Number(kind);
    const isText = typeof body === "string";
    if (this.#parser !== undefined) {
      const payload = encodedForTable(this.#parser, this, namespace, { kind, opts, body });
      if (payload !== undefined) {
        return this.#make(() => this.#native.encoded(namespace, number, payload));
      }
    }
    const [text, aside] = isText ? [body] : [body.text, body];
    return this.#make(() => this.#native.statement(namespace, number, opts, text, aside));
  }

  /** Whether a message travels inside the NOTIFY. */
  isInline(namespace, { kind, opts, body }) {
    return typeof body === "string" && this.#native.isInline(namespace, Number(kind), opts, body);
  }

  /** The values as objects of this realm: a test runner's differs from the addon's. */
  #make(make) {
    const { text, values } = native(make);
    return { text, values: [...values] };
  }
}

module.exports = { CallerStatements };
