// The modules of the crate, and which of them name which others: read from their `use` and their paths.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** The files below a folder, by their path from it. */
export function filesBelow(folder, isWanted) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isWanted(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

/** Of what only tests and measurements compile, nothing holds. */
const ASIDE = /(^|\/)(tests|message_tests|bench|fuzzing)(\.rs|\/|$)/;

const nameOf = (path) =>
  path
    .replace(/\.rs$/, "")
    .replace(/(^|\/)(mod|lib)$/, "")
    .replace(/\/$/, "");

/** What a module itself says: neither comments nor its tests. */
const textOf = (source) => source.split(/^#\[cfg\(test\)\]\nmod tests/m)[0].replace(/\/\/.*/g, "");

/** `a::{b, c::{d, e as f}}` as `a::b`, `a::c::d`, `a::c::e as f`. */
function expand(tree) {
  const [, before, inner] = /^([^{]*)\{(.*)\}$/s.exec(tree.trim()) ?? [];
  if (inner === undefined) return [tree.trim()];
  const parts = [""];
  let depth = 0;
  for (const character of inner) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim() !== "").flatMap((part) => expand(before + part.trim()));
}

/** What a file names of the crate outside its own module, as `transport::Publisher`. */
export function importsOf(path) {
  const text = textOf(readFileSync(path, "utf8"));
  const uses = [...text.matchAll(/\buse\s+(crate::[^;]+);/g)].flatMap(([, tree]) =>
    expand(tree.replace(/\s+/g, " ")),
  );
  const paths = text.replace(/\buse\s+[^;]+;/g, "").match(/\bcrate(?:::\w+)+/g) ?? [];
  return [...uses, ...paths].map((name) => name.replace(/^crate::| as .*/g, ""));
}

/**
 * @param {string} root - the folder of the sources
 * @returns {Map<string, Set<string>>} by a module's name, `wire/message`, those that it names; a module
 * that gives away what is in its own children does not name them by that
 */
export function arrowsOf(root) {
  const paths = filesBelow(root, (name) => name.endsWith(".rs")).filter(
    (path) => !ASIDE.test(path),
  );
  const texts = new Map(
    paths.map((path) => [nameOf(path), textOf(readFileSync(join(root, path), "utf8"))]),
  );
  const child = (module, name) => (module === "" ? name : `${module}/${name}`);
  const parent = (module) => module.slice(0, Math.max(0, module.lastIndexOf("/")));

  /** A path as the module that it leads to, and the name of what is looked for there. */
  const resolve = (from, path) => {
    const names = path.replace(/ as .*/s, "").split("::");
    let module = from;
    if (names[0] === "crate") {
      module = "";
      names.shift();
    } else if (names[0] === "super" || names[0] === "self") {
      while (names[0] === "super") {
        module = parent(module);
        names.shift();
      }
      if (names[0] === "self") names.shift();
    } else if (!texts.has(child(from, names[0]))) {
      return undefined;
    }
    while (names.length > 0 && texts.has(child(module, names[0]))) {
      module = child(module, names.shift());
    }
    return { module, name: names[0] };
  };

  const named = new Map();
  const imported = new Map();
  for (const [module, text] of texts) {
    const found = [];
    const names = new Map();
    for (const [, isPublic, tree] of text.matchAll(/(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);/g)) {
      for (const path of expand(tree.replace(/\s+/g, " "))) {
        const target = resolve(module, path);
        if (target === undefined) continue;
        names.set(path.split(" as ").pop().split("::").pop(), target);
        found.push({ target, isPublic: isPublic !== undefined });
      }
    }
    const rest = text.replace(/\buse\s+[^;]+;/g, "");
    for (const [path] of rest.matchAll(/\b(?:crate|super)(?:::\w+)+/g)) {
      const target = resolve(module, path);
      if (target !== undefined) found.push({ target, isPublic: false });
    }
    named.set(module, found);
    imported.set(module, names);
  }

  /** Where a name is defined that modules give away. */
  const definedIn = ({ module, name }, seen = new Set()) => {
    const next = imported.get(module)?.get(name);
    const key = `${module} ${name}`;
    if (next === undefined || seen.has(key)) return module;
    return definedIn(next, seen.add(key));
  };

  const arrows = new Map();
  for (const [module, found] of named) {
    const targets = new Set();
    for (const { target, isPublic } of found) {
      const at = definedIn(target);
      const isOwn = isPublic && (module === "" || at.startsWith(`${module}/`));
      if (at !== module && at !== "" && !isOwn) targets.add(at);
    }
    arrows.set(module, targets);
  }
  return arrows;
}

/** The circles among arrows: groups each of which leads to all others. */
export function circlesOf(arrows) {
  const reached = new Map();
  for (const start of arrows.keys()) {
    const seen = new Set();
    const open = [start];
    while (open.length > 0) {
      for (const next of arrows.get(open.pop()) ?? []) {
        if (!seen.has(next)) {
          seen.add(next);
          open.push(next);
        }
      }
    }
    reached.set(start, seen);
  }
  const circles = new Set();
  for (const [module, seen] of reached) {
    if (!seen.has(module)) continue;
    const circle = [...seen].filter((other) => reached.get(other)?.has(module)).sort();
    circles.add(circle.join(" ↔ "));
  }
  return [...circles];
}
