// Values: read from what was typed, and written for people.

const MAX_TEXT = 60;
const MAX_BYTES = 16;

const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

const bytesOf = (value) =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

/** `{ "$base64": "AQID" }` is bytes, as the command line's `watch --json` writes them. */
function reviveBytes(_key, value) {
  if (typeof value?.$base64 !== "string" || Object.keys(value).length !== 1) {
    return value;
  }
  try {
    return Uint8Array.from(atob(value.$base64), (character) => character.charCodeAt(0));
  } catch {
    throw new Error(`${JSON.stringify(value.$base64)} is no base64`);
  }
}

/**
 * Reads `"hello", 42` or `hello, 42`: what is JSON, or else a string, with commas between.
 * @throws an Error that says what is wrong
 */
export function readList(text) {
  if (text.trim() === "") {
    return [];
  }
  try {
    return JSON.parse(`[${text}]`, reviveBytes);
  } catch (error) {
    // It was meant as JSON: taking it for strings would hide a slip.
    if (!(error instanceof SyntaxError) || /["{}[\]]/.test(text)) {
      throw error;
    }
  }
  return text.split(",").map((part) => {
    const item = part.trim();
    if (item === "") {
      throw new Error("there is nothing between two commas, or after the last");
    }
    return readOne(item);
  });
}

/** JSON, or else the string itself. */
export function readOne(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** JavaScript for a value; `leaf` writes what it wants to write otherwise, or gives `undefined`. */
function write(value, leaf) {
  const own = leaf(value);
  if (own !== undefined) {
    return own;
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => write(item, leaf)).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => {
      const name = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : JSON.stringify(key);
      return `${name}: ${write(item, leaf)}`;
    });
    return entries.length > 0 ? `{ ${entries.join(", ")} }` : "{}";
  }
  return JSON.stringify(value) ?? "undefined";
}

function shortBytes(value) {
  const bytes = bytesOf(value);
  const hex = [...bytes.subarray(0, MAX_BYTES)].map((byte) => byte.toString(16).padStart(2, "0"));
  const more = bytes.length > MAX_BYTES ? ` … ${bytes.length} bytes` : "";
  return `<${hex.join(" ")}${more}>`;
}

const shortText = (text) =>
  text.length > MAX_TEXT
    ? `${JSON.stringify(`${text.slice(0, MAX_TEXT / 2)}…`)} (${text.length} characters)`
    : undefined;

/** A value in short, as JavaScript would write it, bytes as `<01 02 03>`. */
export const show = (value) =>
  write(value, (leaf) => {
    if (isBytes(leaf)) {
      return shortBytes(leaf);
    }
    return typeof leaf === "string" ? shortText(leaf) : undefined;
  });

/** A value as code that makes it. */
export const showCode = (value) =>
  write(value, (leaf) =>
    isBytes(leaf)
      ? `Buffer.from("${btoa(String.fromCharCode(...bytesOf(leaf)))}", "base64")`
      : undefined,
  );
