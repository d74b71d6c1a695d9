"use strict";

const { missingAttachmentsHint, missingOutboxHint } = require("./constants.js");

/** PostgreSQL's code for a table that is not there. */
const UNDEFINED_TABLE = "42P01";

/** How many errors are looked through for the driver's, which libraries wrap. */
const MAX_DEPTH = 5;

const isMissingTable = (error) => {
  for (let depth = 0; depth < MAX_DEPTH && typeof error === "object" && error !== null; depth++) {
    if (error.code === UNDEFINED_TABLE || error.originalCode === UNDEFINED_TABLE) return true;
    // The last is Prisma's.
    error = error.cause ?? error.meta?.driverAdapterError;
  }
  return false;
};

/** The table that a statement of ours needs, if it needs one: see `CallerStatements.of`. */
const hintOf = (text, values) => {
  if (text.startsWith("INSERT INTO ")) return missingOutboxHint;
  return typeof values[0] === "string" ? undefined : missingAttachmentsHint;
};

/** The executor's error, with a hint when it says that a table is missing and has none. */
const withHint = (error, hint) => {
  if (hint !== undefined && isMissingTable(error) && !error.hint) Reflect.set(error, "hint", hint);
  return error;
};

/** Adds a hint how to create the table to an error of a message's statement, if that table is missing. */
const addHint = (error, text, values) => withHint(error, hintOf(text, values));

/** The same for a statement that needs the outbox. */
const addOutboxHint = (error) => withHint(error, missingOutboxHint);

module.exports = { addHint, addOutboxHint };
