"use strict";

const {
  isAnyArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isDate,
  isNumberObject,
  isSharedArrayBuffer,
  isStringObject,
} = require("node:util/types");
const { notifyLimit } = require("./constants.js");
const { EmitterError, messageOf, notSerializable } = require("./errors.js");

/**
 * A packet `[event, ...args]` as JSON text, exactly as `JSON.stringify` makes it; or, if values are set
 * aside, these and a text with marks in their place: `\0b{index}` stands for bytes, which stay bytes,
 * `\0t{index}` for a long text, which `JSON.stringify` would spend too long on, `\0s{text}` for a text that
 * itself began with U+0000 (`src/wire/mark.rs` reads them).
 *
 * @typedef {string | { text: string, bytes: Uint8Array[], texts: string[] }} Packet
 */

/**
 * The longest text that is never set aside, in UTF-16 code units: with a longer one, no message fits into a
 * NOTIFY.
 */
const LONG_TEXT = notifyLimit;

/** The cost of copying a value, in units of text that `JSON.stringify` writes in the same time. */
const COPY_COST = 200;

/**
 * The deepest value for the quick way; beyond it the slower way decides, which needs no stack of its own for
 * a plain value.
 */
const QUICK_DEPTH = 200;

/** The depth from which on ancestors are compared: a value that holds itself gets this deep. */
const USUAL_DEPTH = 16;

const NEEDS_CARE = Number.POSITIVE_INFINITY;

const dateToJson = Date.prototype.toJSON;
const dateToIso = Date.prototype.toISOString;
const booleanOf = Boolean.prototype.valueOf;

const isBytes = (value) => ArrayBuffer.isView(value) || isAnyArrayBuffer(value);

/** Whether `JSON.stringify` writes the value as the text that it holds: `JSON.rawJSON`, of Node.js 22 and newer. */
const isRaw = (value) => JSON.isRawJSON?.(value) === true;

const isBlob = (value) => typeof Blob === "function" && value instanceof Blob;

const blobError = () =>
  notSerializable("a Blob cannot be sent: await its arrayBuffer() and send that");

/**
 * The gain of copying a value, in units of text that `JSON.stringify` need not write, less the copying:
 * `NEEDS_CARE` when `JSON.stringify` alone is not enough, since the value holds bytes, a Blob, or an object
 * whose `toJSON` might return them. No `toJSON` is called, but every member is read: a getter is read here
 * and again by `JSON.stringify`, the price of letting V8 do the work.
 */
const look = (value, depth, ancestors) => {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "string" && value.length > LONG_TEXT) return value.length;
    if (typeof value === "function") return value.toJSON === undefined ? -COPY_COST : NEEDS_CARE;
    return typeof value === "bigint" ? NEEDS_CARE : -COPY_COST;
  }
  if (typeof value.toJSON === "function") {
    const isPlainDate =
      isDate(value) && value.toJSON === dateToJson && value.toISOString === dateToIso;
    return isPlainDate ? -COPY_COST : NEEDS_CARE;
  }
  if (depth >= USUAL_DEPTH) {
    if (depth === QUICK_DEPTH || ancestors?.includes(value)) return NEEDS_CARE;
    ancestors = [...(ancestors ?? []), value];
  }
  let gain = -COPY_COST;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      gain += look(value[i], depth + 1, ancestors);
      if (gain === NEEDS_CARE) return gain;
    }
    return gain;
  }
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain && (isBytes(value) || isBlob(value))) return NEEDS_CARE;
  // A plain object is looked at without a list of its keys, which takes longer than looking at the values.
  // Properties that were added to `Object.prototype` are looked at, too, and do no harm.
  if (isPlain) {
    for (const key in value) {
      gain += look(value[key], depth + 1, ancestors);
      if (gain === NEEDS_CARE) return gain;
    }
  } else {
    for (const key of Object.keys(value)) {
      gain += look(value[key], depth + 1, ancestors);
      if (gain === NEEDS_CARE) return gain;
    }
  }
  return gain;
};

const asBytes = (value) => {
  const view = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  // Other threads write to shared memory, so it is copied here and now.
  return isSharedArrayBuffer(view.buffer) ? Uint8Array.from(view) : view;
};

/** Whether JSON.stringify asks the value for a `toJSON`. */
const hasMembers = (value) =>
  (typeof value === "object" && value !== null) ||
  typeof value === "function" ||
  typeof value === "bigint";

/**
 * A copy that `JSON.stringify` turns into the same text as the value itself, with marks for the values set
 * aside: the steps of SerializeJSONProperty, each getter and each `toJSON` called once.
 * https://tc39.es/ecma262/#sec-serializejsonproperty
 */
class Copier {
  bytes = [];
  texts = [];
  #ancestors = new Set();

  copy(holder, key) {
    let value = holder[key];
    if (isBytes(value)) return this.#mark(value);
    if (hasMembers(value) && typeof value.toJSON === "function") {
      value = value.toJSON(key);
      if (isBytes(value)) return this.#mark(value);
    }
    if (isNumberObject(value)) value = Number(value);
    else if (isStringObject(value)) value = String(value);
    else if (isBooleanObject(value)) value = booleanOf.call(value);
    if (typeof value === "string") return this.#string(value);
    if (typeof value === "bigint" || isBigIntObject(value)) {
      throw new TypeError("Do not know how to serialize a BigInt");
    }
    // A `toJSON` that was copied would be called once more.
    if (typeof value === "function") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (isBlob(value)) throw blobError();
    return isRaw(value) ? this.#raw(value) : this.#container(value);
  }

  #mark(value) {
    return `\0b${this.bytes.push(asBytes(value)) - 1}`;
  }

  #string(value) {
    if (value.length > LONG_TEXT) return `\0t${this.texts.push(value) - 1}`;
    return value.startsWith("\0") ? `\0s${value}` : value;
  }

  /** A raw text could look like a mark; a raw number can be one that no number of JavaScript's is. */
  #raw(raw) {
    const value = JSON.parse(raw.rawJSON);
    return typeof value === "string" ? this.#string(value) : raw;
  }

  #container(value) {
    if (this.#ancestors.has(value)) throw new TypeError("Converting circular structure to JSON");
    this.#ancestors.add(value);
    let copy;
    if (Array.isArray(value)) {
      copy = Array.from({ length: value.length });
      for (let i = 0; i < copy.length; i++) copy[i] = this.copy(value, String(i));
    } else {
      copy = Object.create(null);
      for (const key of Object.keys(value)) copy[key] = this.copy(value, key);
    }
    this.#ancestors.delete(value);
    return copy;
  }
}

/** The value that a string stands for: itself, unless it is a mark. */
const unmark = (value, bytes, texts) => {
  if (typeof value !== "string" || value[0] !== "\0") return value;
  const rest = value.slice(2);
  if (value[1] === "s") return rest;
  return (value[1] === "b" ? bytes : texts)[Number(rest)];
};

/** Where numbers can be raw, the source of each is told, too. */
const unmarkText = (_key, value, context) => {
  const isOther = typeof value === "number" && context && context.source !== String(value);
  return isOther ? JSON.rawJSON(context.source) : unmark(value, [], []);
};

/**
 * @param {unknown[]} packet - `[event, ...args]`
 * @returns {Packet}
 * @throws {EmitterError} `ERR_NOT_SERIALIZABLE`
 */
const toPacket = (packet) => {
  try {
    if (look(packet, 0) <= 0) return JSON.stringify(packet);
    const copier = new Copier();
    const text = JSON.stringify(copier.copy([packet], "0"));
    const { bytes, texts } = copier;
    if (bytes.length > 0 || texts.length > 0) return { text, bytes, texts };
    return text.includes("\\u0000") ? JSON.stringify(JSON.parse(text, unmarkText)) : text;
  } catch (error) {
    if (error instanceof EmitterError) throw error;
    throw notSerializable(`the arguments cannot be made JSON: ${messageOf(error)}`, error);
  }
};

/** The value with its marks replaced. */
const withoutMarks = (value, packet) => {
  if (typeof value !== "object" || value === null) return unmark(value, packet.bytes, packet.texts);
  for (const key of Object.keys(value)) value[key] = withoutMarks(value[key], packet);
  return value;
};

module.exports = { toPacket, withoutMarks };
