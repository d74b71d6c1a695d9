// Values, each made anew by a function, and what JSON.stringify is known to do with them.

class Point {
  constructor() {
    this.x = 1;
  }
  get y() {
    return 2;
  }
}

function cycleCutByToJSON() {
  const node = { id: 1, toJSON: () => ({ id: 1 }) };
  node.self = node;
  return { node };
}

function sparse() {
  const array = [1];
  array[3] = 4;
  return array;
}

function shared() {
  const one = { a: 1 };
  return [one, one, { one }];
}

/** Name → a function that makes the value. */
export const VALUES = {
  null: () => null,
  undefined: () => undefined,
  "undefined in an object": () => ({ a: undefined, b: 1 }),
  "undefined in an array": () => [undefined, 1],
  booleans: () => [true, false],
  "not numbers": () => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  zeros: () => [0, -0, { a: -0 }],
  integers: () => [1, -1, 127, 128, -32, -33, 255, 256, 65535, 65536, 2 ** 31, -(2 ** 31) - 1],
  "large integers": () => [2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 63, 2 ** 64, -(2 ** 63)],
  "very large": () => [1e21, 1e22, 1.7976931348623157e308, -1e300],
  fractions: () => [0.1, -0.1, 1 / 3, 5e-324, 1e-7, 2.2250738585072014e-308, 1.5, 100.25],
  strings: () => ["", "a", "é漢😀", "\0\u001f\u007f\u2028", '"\\/\n', "x".repeat(300)],
  "lone surrogates' neighbours": () => ["\ud83d\ude00", "\ud7ff", "\ue000", "\uffff"],
  Date: () => [new Date(0), new Date(1e12 + 1)],
  "invalid Date": () => ({ at: new Date(Number.NaN) }),
  Map: () => new Map([["a", 1]]),
  Set: () => ({ set: new Set([1]) }),
  "weak collections": () => [new WeakMap(), new WeakSet()],
  function: () => [() => {}, { f() {} }, class {}],
  symbol: () => [Symbol("s"), { s: Symbol("s"), [Symbol("k")]: 1 }],
  "boxed primitives": () => [Object(1), Object("s"), Object(true), Object(Symbol("s"))],
  sparse,
  RegExp: () => [/a/g],
  Error: () => new Error("not sent"),
  Promise: () => Promise.resolve(1),
  URL: () => new URL("http://a.test/b"),
  "a class": () => new Point(),
  "no prototype": () => Object.assign(Object.create(null), { a: 1 }),
  "inherited keys": () => Object.create({ inherited: 1 }),
  "hidden keys": () => Object.defineProperty({ a: 1 }, "hidden", { value: 1 }),
  getter: () => ({
    get computed() {
      return [1];
    },
  }),
  proxy: () => [new Proxy([1, 2], {}), new Proxy({ a: 1 }, {})],
  "order of keys": () => ({ z: 1, a: 2, 10: 3, 9: 4, "": 5 }),
  toJSON: () => ({ a: { toJSON: () => "json" }, b: [{ toJSON: () => [1, undefined] }] }),
  "toJSON with its key": () => ({ key: { toJSON: (key) => [key] }, list: [{ toJSON: (k) => k }] }),
  "toJSON giving undefined": () => ({ a: { toJSON: () => undefined }, b: [{ toJSON() {} }] }),
  "toJSON that is none": () => ({ toJSON: 1, a: 2 }),
  "toJSON of a function": () => Object.assign(() => {}, { toJSON: () => "called" }),
  "toJSON giving a Date": () => ({ a: { toJSON: () => ({ at: new Date(5) }) } }),
  "a cycle cut by toJSON": cycleCutByToJSON,
  "one object many times": shared,
  deep: () => JSON.parse(`${"[".repeat(1_000)}1${"]".repeat(1_000)}`),
  "looks like a placeholder": () => [
    { _placeholder: true, num: 0 },
    { type: "Buffer", data: [1] },
    { $bytes: 0 },
    { "\0": 0 },
    "\0" + "0",
  ],
};

const source = Uint8Array.from({ length: 64 }, (_, index) => (index * 37) % 256);

/** Name → [a function that makes the bytes, the bytes expected]. */
export const BYTES = {
  Buffer: [() => Buffer.from("abc"), Buffer.from("abc")],
  "an empty Buffer": [() => Buffer.alloc(0), Buffer.alloc(0)],
  "a slice of a Buffer": [() => Buffer.from(source).subarray(3, 9), source.subarray(3, 9)],
  ArrayBuffer: [() => source.slice().buffer, source],
  "an empty ArrayBuffer": [() => new ArrayBuffer(0), new Uint8Array(0)],
  DataView: [() => new DataView(source.slice().buffer, 5, 7), source.subarray(5, 12)],
  "a subclass": [() => new (class extends Uint8Array {})([1, 2]), Uint8Array.of(1, 2)],
  "255 bytes": [() => new Uint8Array(255).fill(7), new Uint8Array(255).fill(7)],
  "65536 bytes": [() => new Uint8Array(65_536).fill(8), new Uint8Array(65_536).fill(8)],
  "a million bytes": [() => new Uint8Array(1e6).fill(9), new Uint8Array(1e6).fill(9)],
};

for (const Kind of [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]) {
  BYTES[Kind.name] = [
    () => new Kind(source.slice().buffer, 16, 2),
    source.subarray(16, 16 + 2 * Kind.BYTES_PER_ELEMENT),
  ];
}
