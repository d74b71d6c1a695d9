"use strict";

/** The deepest nesting that is decoded: the code that reads a deeper value may overflow its stack. */
const MAX_DEPTH = 1_000;

/** MessagePack's heads from 0xc0 on: how many bytes the length has, and how many follow beside it. */
const LENGTHS = {
  196: [1, 0],
  197: [2, 0],
  198: [4, 0],
  199: [1, 1],
  200: [2, 1],
  201: [4, 1],
  217: [1, 0],
  218: [2, 0],
  219: [4, 0],
};
const FIXED = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
  212: 2,
  213: 3,
  214: 5,
  215: 9,
  216: 17,
};
const CONTAINERS = { 220: [2, 1], 221: [4, 1], 222: [2, 2], 223: [4, 2] };

const numberAt = (view, at, size) => {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at) : view.getUint32(at);
};

/** How many elements the container at `at` has, and where they begin; nothing if it is none. */
const containerAt = (view, at, head) => {
  if (head >= 0x80 && head <= 0x8f) return { count: (head & 0x0f) * 2, begin: at + 1 };
  if (head >= 0x90 && head <= 0x9f) return { count: head & 0x0f, begin: at + 1 };
  const container = CONTAINERS[head];
  if (container === undefined) return undefined;
  const [size, each] = container;
  return { count: numberAt(view, at + 1, size) * each, begin: at + 1 + size };
};

/** The end of the value at `at`, which holds no others. */
const endOf = (view, at, head) => {
  if (head >= 0xa0 && head <= 0xbf) return at + 1 + (head & 0x1f);
  const length = LENGTHS[head];
  if (length === undefined) return at + 1 + (FIXED[head] ?? 0);
  const [size, beside] = length;
  return at + 1 + size + beside + numberAt(view, at + 1, size);
};

/**
 * Throws if a payload holds fewer values than it says, or is nested too deep. A decoder makes room for as
 * many elements as a head announces: a kilobyte of heads, each within the last, is more than V8 has.
 */
const checkNesting = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open = [];
  let announced = 1;
  let left = 1;
  let at = 0;
  for (;;) {
    while (left === 0) {
      if (open.length === 0) return;
      left = open.pop();
    }
    left--;
    const head = view.getUint8(at);
    const container = containerAt(view, at, head);
    if (container === undefined) {
      at = endOf(view, at, head);
      continue;
    }
    announced += container.count;
    if (announced > bytes.length) throw new RangeError("it says to hold more than its bytes can");
    if (open.length >= MAX_DEPTH) throw new RangeError(`it is nested deeper than ${MAX_DEPTH}`);
    open.push(left);
    left = container.count;
    at = container.begin;
  }
};

/**
 * Decodes an attachment, which any role that may write to the table can have written, as the adapters do.
 *
 * @param {Uint8Array} bytes
 * @throws what is wrong with it
 */
const decodeReceived = (bytes) => {
  checkNesting(bytes);
  // The decoder is loaded when first needed: it takes a third of the time that the whole package takes to
  // load.
  const { decode } = require("@msgpack/msgpack");
  return decode(bytes);
};

module.exports = { MAX_DEPTH, decodeReceived };
