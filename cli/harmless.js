"use strict";

// What any role may have written must not act on the terminal: this is the one place that sees to it.

/** Control characters, those that only format (U+202E turns the line round), and line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** The same, without what JSON.stringify has escaped already. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

const escaped = (found) => {
  let text = "";
  for (let unit = 0; unit < found.length; unit++) {
    text += `\\u${found.charCodeAt(unit).toString(16).padStart(4, "0")}`;
  }
  return text;
};

/** A text for one line of a terminal. */
const harmless = (text) => String(text).replace(UNSAFE, escaped);

/** The same for several lines, whose ends stay. */
const harmlessLines = (text) => String(text).split("\n").map(harmless).join("\n");

/** JSON text, still the same JSON. */
const harmlessJson = (text) => text.replace(UNSAFE_IN_JSON, escaped);

module.exports = { harmless, harmlessJson, harmlessLines };
