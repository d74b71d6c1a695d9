"use strict";

const { nearestName } = require("../binding.js");
const { invalidValue } = require("./errors.js");

/** A text that reads as a name. Any other could be a piece of a connection string. */
const NAME = /^[A-Za-z_$][\w$-]{0,63}$/;

/**
 * The names of an object's fields, also of inherited ones, since they are read, too. A symbol is no
 * misspelt name.
 */
const namesOf = (object) => {
  const names = [];
  for (const name in object) {
    // A property that a program added to all objects was not given here.
    if (!(name in Object.prototype)) names.push(name);
  }
  return names;
};

/** The name without case and separators. */
const plain = (name) => name.replace(/[-_]/g, "").toLowerCase();

/**
 * The error for a name that is unknown.
 *
 * @param {string} owner - what it is a field of
 * @param {string} name
 * @param {Iterable<string>} known
 * @param {Record<string, string>} [meant] - known names, by others that are written for them
 * @param {Iterable<string>} [passedOver] - names that are known, and suggested where no other is near
 */
const unknownName = (owner, name, known, meant = {}, passedOver = []) => {
  if (!NAME.test(name)) return invalidValue(`${owner} has a field that is unknown`);
  const other = Object.keys(meant).find((each) => plain(each) === plain(name));
  const nearest =
    meant[other] ?? nearestName(name, [...known]) ?? nearestName(name, [...passedOver]);
  const question = nearest ? `: did you mean ${nearest}?` : "";
  return invalidValue(`${owner}.${name} is unknown${question}`);
};

module.exports = { namesOf, unknownName };
