// The package in a realm of its own, as test runners load it: each of their files has its own `Array`,
// `Object`, `Promise` and `Error`, and shares a few names with the realm that Node and addons live in.

import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const INDEX = fileURLToPath(new URL("../../index.js", import.meta.url));

/** What Jest's environments share with the realm outside: that for Node, and jsdom's. */
export const SHARED = {
  node: ["Buffer", "Uint8Array", "ArrayBuffer"],
  jsdom: ["Buffer"],
};

/** A new realm: `exports` of the package there, and `evaluate`. */
export function openRealm(shared) {
  const outside = {
    process,
    console,
    Buffer,
    Uint8Array,
    ArrayBuffer,
    TextDecoder,
    TextEncoder,
    URL,
  };
  const context = vm.createContext({ process, console, TextDecoder, TextEncoder, URL });
  for (const name of shared) context[name] = outside[name];
  const loaded = new Map();

  const load = (file) => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const native = createRequire(file);
    const require = (name) => {
      if (isBuiltin(name)) return native(name);
      const path = native.resolve(name);
      return extname(path) === ".node" ? native(path) : load(path);
    };
    require.resolve = native.resolve;
    const wrapper = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "utf8")}\n})`;
    const run = vm.runInContext(wrapper, context, { filename: file });
    run(module.exports, require, module, file, dirname(file));
    return module.exports;
  };
  return { exports: load(INDEX), evaluate: (code) => vm.runInContext(code, context) };
}
