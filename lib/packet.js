"use strict";

const {
  isAnyArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isNumberObject,
  isStringObject,
} = require("node:util/types");
const { EmitterError, messageOf, notSerializable } = require("./errors.js");

/**
 * What becomes of a packet `[event, ...args]`: JSON text exactly as `JSON.stringify` makes it; or, if
 * it holds bytes, which stay bytes, the bytes and a text with marks in their place:
 * `\0b{index}` stands for bytes, `\0s{text}` for a text that itself began with U+0000
 * (`src/protocol/mark.rs` reads them).
 *
 * @typedef {string | { text: string, bytes: Uint8Array[] }} Packet
 */

/** Beyond this depth the slower way decides, which needs no stack of its own for a plain value. */
const QUICK_DEPTH = 200;

const PLAIN = 0;
const NEEDS_CARE = 1;

const dateToJson = Date.prototype.toJSON;
const dateToIso = Date.prototype.toISOString;
const booleanOf = Boolean.prototype.valueOf;

const isBytes = (value) => ArrayBuffer.isView(value) || isAnyArrayBuffer(value);

const isBlob = (value) => typeof Blob === "function" && value instanceof Blob;

const blobError = () =>
  notSerializable("a Blob cannot be sent: await its arrayBuffer() and send that");

/**
 * Whether `JSON.stringify` alone does justice to a value: it holds no bytes, no Blob, and nothing
 * whose `toJSON` might return them. It calls no `toJSON`, but reads every member: a getter is read
 * here and again by `JSON.stringify`, the price of letting V8 do the work.
 */
const look = (value, ancestors) => {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function") return value.toJSON === undefined ? PLAIN : NEEDS_CARE;
    return typeof value === "bigint" ? NEEDS_CARE : PLAIN;
  }
  const isArray = Array.isArray(value);
  if (typeof value.toJSON === "function") {
    const isPlainDate =
      value instanceof Date && value.toJSON === dateToJson && value.toISOString === dateToIso;
    return isPlainDate ? PLAIN : NEEDS_CARE;
  }
  if (!isArray && Object.getPrototypeOf(value) !== Object.prototype) {
    if (isBytes(value) || isBlob(value)) return NEEDS_CARE;
  }
  if (ancestors.length === QUICK_DEPTH || ancestors.includes(value)) return NEEDS_CARE;
  ancestors.push(value);
  if (isArray) {
    for (let i = 0; i < value.length; i++) {
      if (look(value[i], ancestors) !== PLAIN) return NEEDS_CARE;
    }
  } else {
    for (const key of Object.keys(value)) {
      if (look(value[key], ancestors) !== PLAIN) return NEEDS_CARE;
    }
  }
  ancestors.pop();
  return PLAIN;
};

const asBytes = (value) => {
  const view = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  // Other threads write to shared memory: copy it here and now.
  return view.buffer instanceof ArrayBuffer ? view : Uint8Array.from(view);
};

/** Whether JSON.stringify asks the value for a `toJSON`. */
const hasMembers = (value) =>
  (typeof value === "object" && value !== null) ||
  typeof value === "function" ||
  typeof value === "bigint";

/**
 * A copy that `JSON.stringify` turns into the same text as the value itself, with marks for bytes:
 * the steps of SerializeJSONProperty, each getter and each `toJSON` called once.
 * https://tc39.es/ecma262/#sec-serializejsonproperty
 */
class Copier {
  bytes = [];
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
    if (typeof value === "string") return value.startsWith("\0") ? `\0s${value}` : value;
    if (typeof value === "bigint" || isBigIntObject(value)) {
      throw new TypeError("Do not know how to serialize a BigInt");
    }
    // A copied `toJSON` would be called once more.
    if (typeof value === "function") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (isBlob(value)) throw blobError();
    return this.#container(value);
  }

  #mark(value) {
    return `\0b${this.bytes.push(asBytes(value)) - 1}`;
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

const unmark = (bytes) => (_key, value) => {
  if (typeof value !== "string" || value[0] !== "\0") return value;
  return value[1] === "b" ? bytes[Number(value.slice(2))] : value.slice(2);
};

/**
 * @param {unknown[]} packet - `[event, ...args]`
 * @returns {Packet}
 * @throws {EmitterError} `ERR_NOT_SERIALIZABLE`
 */
const toPacket = (packet) => {
  try {
    if (look(packet, []) === PLAIN) return JSON.stringify(packet);
    const copier = new Copier();
    const text = JSON.stringify(copier.copy([packet], "0"));
    if (copier.bytes.length > 0) return { text, bytes: copier.bytes };
    return text.includes("\\u0000") ? JSON.stringify(JSON.parse(text, unmark([]))) : text;
  } catch (error) {
    if (error instanceof EmitterError) throw error;
    throw notSerializable(`the arguments cannot be made JSON: ${messageOf(error)}`, error);
  }
};

/** The value a packet stands for, as a server will see it: for a parser of the caller's own. */
const fromPacket = (packet) =>
  typeof packet === "string" ? JSON.parse(packet) : JSON.parse(packet.text, unmark(packet.bytes));

module.exports = { toPacket, fromPacket };
