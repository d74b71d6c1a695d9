"use strict";

/** A variable that is set to nothing counts as one that is not set, as with libpq's. */
const fromEnvironment = () => process.env.DATABASE_URL || undefined;

/** The connection that was asked for: `--url`, or else `DATABASE_URL`, or else the `PG…` variables. */
const connectionOf = ({ url }) => url ?? fromEnvironment() ?? null;

/** Of an address that is wrong, or that was forgotten. */
const NETWORK = /^(ECONN|ENOTFOUND|EHOST|ENET|ETIMEDOUT|EAI_)/;

/** Of an address that is wrong in itself, or that the server refuses. */
const REFUSED = /^(28|3D|ERR_INVALID_ARG_VALUE$)/;

/** Where the address came from, for an error that it may have caused: without `--url` it is not in sight. */
const addressHint = ({ url }, { code = "" } = {}) => {
  const isNetwork = NETWORK.test(code);
  if (url !== undefined || !(isNetwork || REFUSED.test(code))) return "";
  if (fromEnvironment()) return "The database is that of DATABASE_URL, for there is no --url.\n";
  if (process.env.PGHOST || !isNetwork) return "";
  return "Neither --url, DATABASE_URL nor PGHOST is given: was it to be this machine's PostgreSQL?\n";
};

module.exports = { addressHint, connectionOf };
