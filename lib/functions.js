"use strict";

const binding = require("../binding.js");
const { native } = require("./errors.js");
const { checkNames, checkText, defaults, isMissing } = require("./options.js");

/** The options of `emitFunctionsSql`, and of `ensureFunctions`, which has the others from its emitter. */
const NAMES = new Set(["channelPrefix", "outboxTable", "schema"]);
const ENSURE_NAMES = new Set(["schema"]);

/** Options by other names that are written for them. */
const MEANT = {
  key: "channelPrefix",
  prefix: "channelPrefix",
  searchPath: "schema",
  table: "outboxTable",
  tableName: "outboxTable",
};

const check = (options, names) => {
  if (isMissing(options)) return {};
  checkNames(options, names, MEANT);
  return options;
};

const textOf = (options, name) =>
  isMissing(options[name]) ? defaults[name] : checkText(`options.${name}`, options[name]);

/**
 * The SQL of the functions that write into the outbox.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const emitFunctionsSql = (options) => {
  const given = check(options, NAMES);
  const names = ["outboxTable", "channelPrefix", "schema"].map((name) => textOf(given, name));
  return native(() => binding.emitFunctionsSql(...names));
};

/** The same for an emitter with these options. */
const ensureFunctionsSql = (options, { outboxTable, channelPrefix }) =>
  emitFunctionsSql({ ...check(options, ENSURE_NAMES), outboxTable, channelPrefix });

module.exports = { emitFunctionsSql, ensureFunctionsSql };
