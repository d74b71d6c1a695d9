"use strict";

const { invalidType, invalidValue } = require("./errors.js");
const { checkText, isMissing } = require("./options.js");

const TEXTS = ["connectionString", "host", "user", "password", "database"];
const KNOWN = [...TEXTS, "port"];

const portOf = (port) => {
  // pg takes "5432", too: it is what an environment variable holds.
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number !== "number") throw invalidType("connection.port", "a number", port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw invalidValue("connection.port must be an integer from 1 to 65535");
  }
  return number;
};

/**
 * The settings of a connection, as the native side takes them. They are handed over at once and kept
 * nowhere in JavaScript, so that no inspection shows a password.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const readConnection = (connection) => {
  if (typeof connection === "string") {
    return { connectionString: checkText("the connection string", connection) };
  }
  if (typeof connection !== "object" || connection === null) {
    throw invalidType("connection", "a connection string or an object", connection);
  }
  if (!KNOWN.some((name) => !isMissing(connection[name]))) {
    throw invalidValue(`connection must have at least one of ${KNOWN.join(", ")}`);
  }
  if (connection.ssl) throw invalidValue("connection.ssl is not supported yet");
  const settings = {};
  for (const name of TEXTS) {
    if (isMissing(connection[name])) continue;
    settings[name] = checkText(`connection.${name}`, connection[name]);
  }
  if (!isMissing(connection.port)) settings.port = portOf(connection.port);
  return settings;
};

module.exports = { readConnection };
