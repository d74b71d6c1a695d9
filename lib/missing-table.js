"use strict";

/** PostgreSQL's code for a table that is not there. */
const UNDEFINED_TABLE = "42P01";

const HINT =
  "messages that hold bytes or are too long for NOTIFY go through this table: create it with ensureTable(), or with the SQL of attachmentTableSql()";

/** How far libraries wrap the driver's error. */
const MAX_DEPTH = 5;

const isMissingTable = (error) => {
  for (let depth = 0; depth < MAX_DEPTH && typeof error === "object" && error !== null; depth++) {
    if (error.code === UNDEFINED_TABLE || error.originalCode === UNDEFINED_TABLE) return true;
    // The last is Prisma's.
    error = error.cause ?? error.meta?.driverAdapterError;
  }
  return false;
};

/** Adds to an executor's error, when it says that the attachment table is missing, how to create it. */
const addHint = (error) => {
  if (isMissingTable(error) && !error.hint) Reflect.set(error, "hint", HINT);
};

module.exports = { addHint };
