"use strict";

const { parseArgs } = require("node:util");

const { COMMANDS, OPTIONS, optionsOf } = require("./commands.js");

/** What was typed is wrong: exit code 2. `command` is the one that was meant, if that is known. */
class UsageError extends Error {
  constructor(message, command) {
    super(message);
    this.command = command;
  }
}

/** The options as `parseArgs` takes them. */
const PARSED = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { value, multiple = false, short }]) => [
    name,
    { type: value ? "string" : "boolean", multiple, ...(short ? { short } : undefined) },
  ]),
);

/** `-5` is an argument. What no argument can hold tells `parseArgs` so. */
const MARK = "\0";
const marked = (text) => (/^-\d/.test(text) ? MARK + text : text);
const unmarked = (value) => {
  if (Array.isArray(value)) return value.map(unmarked);
  return typeof value === "string" && value.startsWith(MARK) ? value.slice(MARK.length) : value;
};

/** What a name that is unknown was probably to be. */
const meant = (name, known, start = "") => {
  // Loaded only for an error, for it is the whole addon.
  const { load } = require("../lib/native.js");
  const { nearestName } = load(() => require("../binding.js"));
  const nearest = nearestName(name, known);
  return nearest ? `: did you mean ${start}${nearest}?` : "";
};

/** @throws {UsageError} for an option that no command has */
const checkOptions = (tokens, command) => {
  const unknown = tokens.find(
    ({ kind, name }) => kind === "option" && !Object.hasOwn(OPTIONS, name),
  );
  if (unknown === undefined) return;
  const known = command ? optionsOf(command) : Object.keys(OPTIONS);
  const suggested = meant(unknown.name, known, "--");
  throw new UsageError(`there is no option ${unknown.rawName}${suggested}`, command);
};

const parse = (argv) => {
  const args = argv.map(marked);
  const how = { args, options: PARSED, allowPositionals: true };
  const { tokens } = parseArgs({ ...how, strict: false, tokens: true });
  const first = tokens.find(({ kind }) => kind === "positional")?.value;
  const command = Object.hasOwn(COMMANDS, first ?? "") ? first : undefined;
  checkOptions(tokens, command);
  let parsed;
  try {
    parsed = parseArgs(how);
  } catch (error) {
    throw new UsageError(error.message, command);
  }
  const { values, positionals } = parsed;
  const options = Object.entries(values).map(([name, value]) => [name, unmarked(value)]);
  return { options: Object.fromEntries(options), positionals: positionals.map(unmarked) };
};

/**
 * What was typed, as `{ command, args, options }`.
 *
 * @throws {UsageError}
 */
const readUsage = (argv) => {
  const { options, positionals } = parse(argv);
  const [command, ...args] = positionals;
  if (command === "help") return readUsage([...args, "--help"]);
  if (command === undefined && (options.help || options.version)) return { args, options };
  if (command === undefined) throw new UsageError("a command is missing");
  if (!Object.hasOwn(COMMANDS, command)) {
    const suggested = meant(command, Object.keys(COMMANDS));
    throw new UsageError(`there is no command "${command}"${suggested}`);
  }
  const known = optionsOf(command);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown) throw new UsageError(`--${unknown} is no option of ${command}`, command);
  return { command, args, options };
};

/** An argument is JSON, or else the string itself. */
const readArgument = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** A whole number from 1 to `max`, if one is given. */
const readNumber = (name, text, max) => {
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > max) {
    throw new UsageError(`--${name} must be a whole number from 1 to ${max}`);
  }
  return number;
};

/** The name of a table, if one is given. */
const readTable = (name, text) => {
  if (text === undefined) return undefined;
  // Loaded only where there is such a name: it is the whole addon.
  const { attachmentTableSql } = require("../index.js");
  try {
    attachmentTableSql(text);
  } catch (error) {
    throw new UsageError(`--${name}: ${error.message}`);
  }
  return text;
};

/** A room is a string; a JSON array of rooms says of each whether it is a string or a number. */
const readRooms = (texts) =>
  texts.flatMap((text) => {
    const value = text.startsWith("[") ? readArgument(text) : text;
    if (!Array.isArray(value)) return [text];
    if (value.every((room) => typeof room === "string" || Number.isFinite(room))) return value;
    throw new UsageError(`the rooms of ${text} must be strings and numbers`);
  });

module.exports = { UsageError, readArgument, readNumber, readRooms, readTable, readUsage };
