// What the house promises of itself: which module may name which, how long files are, and that the crate's
// documentation is whole.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";
import { arrowsOf, circlesOf, filesBelow, importsOf } from "./support/rust-modules.mjs";

const ROOT = join(import.meta.dirname, "..");
const read = (path) => readFileSync(join(ROOT, path), "utf8");

/** From the bottom to the top, as `docs/ARCHITECTURE.md` has them. */
const LAYERS = ["wire", "connect", "transport", "cluster", "emitter", "binding"];

test("Rust: no arrow runs up", (t) => {
  const layerOf = (module) => LAYERS.indexOf(module.split("/")[0]);
  const up = [];
  for (const [module, targets] of arrowsOf(join(ROOT, "src"))) {
    // The root gives away what all layers have.
    if (module === "") continue;
    for (const target of targets) {
      if (layerOf(target) > layerOf(module)) up.push(`${module} → ${target}`);
    }
  }
  t.deepEqual(up, []);
});

/** One task in several files, each with some of its methods. */
const ONE_THING = ["transport/relay", "transport/relay/"];

test("Rust: no modules name each other in a circle", (t) => {
  const arrows = arrowsOf(join(ROOT, "src"));
  t.true(arrows.size > 100);
  const circles = circlesOf(arrows).filter((circle) =>
    circle.split(" ↔ ").some((module) => !ONE_THING.some((one) => `${module}/`.startsWith(one))),
  );
  t.deepEqual(circles, []);
});

test("Rust: only the binding names napi", (t) => {
  const naming = filesBelow(join(ROOT, "src"), (name) => name.endsWith(".rs")).filter(
    (path) => !path.startsWith("binding/") && /\buse napi\b|\bnapi::/.test(read(`src/${path}`)),
  );
  t.deepEqual(naming, []);
});

/** What the binding converts, of the layers that act; and two that act for JavaScript alone. */
const CONVERTED = new Set([
  ...["cluster::Outcome", "cluster::Request"],
  ...[
    "Destination",
    "FunctionsOptions",
    "OutboxStatus",
    "OutboxTable",
    "Relay",
    "RelayEvent",
    "RelayStats",
  ],
  ...[
    "RelayOptions",
    "SchemaName",
    "SetAside",
    "Settled",
    "Statement",
    "StatementTexts",
    "TableName",
  ],
  ...["Value", "emit_functions_sql"],
  // What `watch` needs, and the task whose steps JavaScript's thread may take.
  ...["SharedTask", "WatchEvent", "Watched", "Watcher"],
]);

test("Rust: the binding publishes, asks and relays by the emitter's core alone", (t) => {
  const named = filesBelow(join(ROOT, "src/binding"), (name) => name.endsWith(".rs"))
    .flatMap((path) => importsOf(join(ROOT, "src/binding", path)))
    .filter((name) => /^(?:cluster|transport)(?:::|$)/.test(name))
    .map((name) => name.replace(/^transport::/, ""));
  t.true(named.length > 30, `${named.length} names`);
  const isConstant = (name) => /^(?:cluster::)?(?:DEFAULT|MAX|RESERVED)_/.test(name);
  t.deepEqual(
    named.filter((name) => !isConstant(name) && !CONVERTED.has(name)),
    [],
  );
});

test("JavaScript: no files require each other in a circle", (t) => {
  const arrows = new Map();
  for (const folder of ["lib", "cli"]) {
    for (const path of filesBelow(join(ROOT, folder), (name) => name.endsWith(".js"))) {
      const file = `${folder}/${path}`;
      const required = [...read(file).matchAll(/require\("(\.[^"]+)"\)/g)];
      arrows.set(file, new Set(required.map(([, to]) => join(dirname(file), to))));
    }
  }
  t.true(arrows.size > 40);
  t.deepEqual(circlesOf(arrows), []);
});

/** The types that files of Rust define: neither those of tests, nor the associated ones of an `impl`. */
const typesOf = (text) =>
  [
    ...text.matchAll(
      /^(?: *(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait)|(?:pub(?:\([^)]*\))? )?type) (\w+)/gm,
    ),
  ].map(([, name]) => name);

const repeated = (names) => names.filter((name, place) => names.indexOf(name) !== place);

/** The types of Rust and the classes of JavaScript that share a name, with the reason for each. */
const MIRRORED = {
  Emitter: "the public face of either language",
  Relay: "the public face of either language",
  RemoteSocket: "the public face of either language, and Socket.IO's own name",
};

test("no two types of one name, in one language or across both, but those of both public faces", (t) => {
  const ofRust = filesBelow(join(ROOT, "src"), (name) => name.endsWith(".rs"))
    .filter((path) => !/(^|[/_])(tests|bench|fuzzing)\b/.test(path))
    .flatMap((path) => typesOf(read(`src/${path}`).split(/^#\[cfg\(test\)\]\nmod tests/m)[0]));
  const ofJavaScript = ["lib", "cli"].flatMap((folder) =>
    filesBelow(join(ROOT, folder), (name) => name.endsWith(".js")).flatMap((path) =>
      [...read(`${folder}/${path}`).matchAll(/^class (\w+)/gm)].map(([, name]) => name),
    ),
  );
  t.true(ofRust.length > 200 && ofJavaScript.length > 15);
  t.deepEqual(repeated(ofRust), []);
  t.deepEqual(repeated(ofJavaScript), []);
  const shared = ofJavaScript.filter((name) => ofRust.includes(name));
  t.deepEqual(shared.sort(), Object.keys(MIRRORED));
});

test("Rust: each file is a module", (t) => {
  const paths = filesBelow(join(ROOT, "src"), (name) => name.endsWith(".rs"));
  const orphans = paths.filter((path) => {
    if (path === "lib.rs") return false;
    const [, folder, name] = /^(.*?)([^/]+?)(?:\/mod)?\.rs$/.exec(path);
    const above = folder === "" ? ["lib.rs"] : [`${folder}mod.rs`, folder.replace(/\/$/, ".rs")];
    const declares = new RegExp(`^ *(?:pub(?:\\([^)]*\\))? )?mod ${name}(?:;| \\{)`, "m");
    return !above.some((file) => paths.includes(file) && declares.test(read(`src/${file}`)));
  });
  t.deepEqual(orphans, []);
});

const LONGEST = 300;

/** A file that is longer says why in its first comment. */
const SAYS_WHY = /\blonger than 300 lines\b/i;

test("no file is longer than 300 lines, but for a reason that it gives", (t) => {
  const folders = ["src", "lib", "cli", "__test__", "tools", "examples", "benchmark", "benches"];
  const long = [];
  let count = 0;
  for (const folder of folders) {
    for (const path of filesBelow(join(ROOT, folder), (name) =>
      /\.(rs|js|cjs|mjs|ts)$/.test(name),
    )) {
      const text = read(`${folder}/${path}`);
      count++;
      if (text.split("\n").length - 1 <= LONGEST) continue;
      const [beginning] = text.split(/^(?!\/\/|\s*$)/m);
      if (!SAYS_WHY.test(beginning)) long.push(`${folder}/${path}`);
    }
  }
  t.true(count > 400);
  t.deepEqual(long, []);
});

/** What Rust callers can name is in these layers; the rest is `pub(crate)` at most. */
const isPublicItem = /^ *pub (?:async |const )*(?:fn|struct|enum|trait|type|const) (\w+)/;
/** A method of a macro that writes several items, and one of a trait. */
const isOfMacro = /^ *\$\(\$visibility\)\* fn (\w+)|^ {4}fn (\w+)\(&self.*;$/;

test("each public item of the crate has an example", (t) => {
  const without = [];
  let count = 0;
  for (const path of filesBelow(join(ROOT, "src"), (name) => name.endsWith(".rs"))) {
    if (/^binding\/|^lib\.rs$|(^|\/)(tests|bench|fuzzing)\b/.test(path)) continue;
    const [text] = read(`src/${path}`).split(/^#\[cfg\(test\)\]\nmod tests/m);
    let documentation = "";
    let isPublicTrait = false;
    let isAttribute = false;
    for (const line of text.split("\n")) {
      if (/^\S/.test(line)) isPublicTrait = line.startsWith("pub trait");
      if (/^ *(\$\()?#\[doc = concat!\($/.test(line)) isAttribute = true;
      if (isAttribute || /^ *(\/\/|#\[|\$\(#\[)/.test(line)) {
        if (/^ *\)\]/.test(line)) isAttribute = false;
        documentation += `${line}\n`;
        continue;
      }
      const [, name] = isPublicItem.exec(line) ?? [];
      const [, ofMacro, ofTrait] = isOfMacro.exec(line) ?? [];
      const item = name ?? ofMacro ?? (isPublicTrait ? ofTrait : undefined);
      // Of the wire's own types, these are public for the benchmarks alone.
      if (item !== undefined && !documentation.includes("unreachable_pub")) {
        count++;
        if (!documentation.includes("```")) without.push(`${path}: ${item}`);
      }
      documentation = "";
    }
  }
  t.true(count > 180, `${count} items`);
  t.deepEqual(without, []);
});

test("each name of the emitter in Go is one of the npm package, and one of the crate", (t) => {
  const table = read("README.md").split("| Go | npm | crate |\n")[1].split("\n\n")[0];
  const rows = table.split("\n").slice(1);
  const codes = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
  const types = read("index.d.ts");
  const rust = filesBelow(join(ROOT, "src"), (name) => name.endsWith(".rs"))
    .map((path) => read(`src/${path}`))
    .join("\n");
  const missing = [];
  const word = (text, name) => new RegExp(`\\b${name}\\b`).test(text);
  for (const row of rows) {
    const [, , npm, crate] = row.split("|");
    const names = (cell) => codes(cell).flatMap((code) => code.match(/[A-Za-z_]\w+/g) ?? []);
    missing.push(...names(npm).filter((name) => !word(types, name)));
    missing.push(...names(crate).filter((name) => !word(rust, name)));
  }
  t.true(rows.length > 15);
  t.deepEqual(
    missing.filter((name) => !["new", "undefined"].includes(name)),
    [],
  );
});

/** The codes that the crate alone makes: no caller in JavaScript sees them. */
const OF_THE_CRATE = [
  // There, the runtime is the addon's own.
  "ERR_NO_RUNTIME",
  // There, the adapters decode.
  "ERR_INVALID_MESSAGE",
];
/** The codes that the addon and JavaScript alone make: no caller in Rust sees them. */
const OF_THE_PACKAGE = /^(?:src\/binding|lib)\//;

test("each code of an error is in the types, in the reference and in the crate's documentation", (t) => {
  const made = new Map();
  for (const folder of ["src", "lib"]) {
    for (const path of filesBelow(join(ROOT, folder), (name) => /\.(rs|js)$/.test(name))) {
      if (/(^|[/_])tests\.rs$/.test(path)) continue;
      const [text] = read(`${folder}/${path}`).split(/^#\[cfg\(test\)\]\nmod tests/m);
      for (const line of text.split("\n")) {
        if (/^ *(?:\/\/|\/?\*)/.test(line)) continue;
        for (const [, code] of line.matchAll(/"(ERR_[A-Z_]+)"/g)) {
          made.set(code, [...(made.get(code) ?? []), `${folder}/${path}`]);
        }
      }
    }
  }
  t.true(made.size > 25, `${made.size} codes`);
  const codes = [...made.keys()].sort();
  const told = codes.filter((code) => !OF_THE_CRATE.includes(code));
  t.is(
    told.length,
    codes.length - OF_THE_CRATE.length,
    "a code of the crate that it does not make",
  );

  const types = read("index.d.ts");
  const [, documentation, union] =
    /\/\*\*((?:(?!\*\/).)*)\*\/\nexport type EmitterErrorCode =([^;]+);/s.exec(types);
  const quoted = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
  t.deepEqual(quoted.sort(), told);
  const [, table] = /\n## Errors\n(.+?)\n## /s.exec(read("docs/reference.md"));
  const kinds = read("src/error/kind.rs");
  const lacks = (text) => (code) => !text.includes(`\`${code}\``);
  t.deepEqual(told.filter(lacks(documentation)), []);
  t.deepEqual(told.filter(lacks(table)), []);
  const ofCrate = codes.filter(
    (code) => !made.get(code).every((path) => OF_THE_PACKAGE.test(path)),
  );
  t.deepEqual(ofCrate.filter(lacks(kinds)), []);
});
