"use strict";

const { UsageError } = require("./usage.js");

const VARIABLES = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  database: "PGDATABASE",
};

/**
 * The settings of the connection: what the URL says, and the environment for what it leaves out.
 *
 * @throws {UsageError}
 */
const readSettings = (url, env = process.env) => {
  const settings = {};
  if (url !== undefined) settings.connectionString = url;
  for (const [name, variable] of Object.entries(VARIABLES)) {
    if (env[variable]) settings[name] = env[variable];
  }
  if (Object.keys(settings).length === 0) {
    throw new UsageError("which database? Give --url, or set PGHOST and its like");
  }
  return settings;
};

module.exports = { readSettings };
