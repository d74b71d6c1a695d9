"use strict";

const { invalidType, invalidValue } = require("./errors.js");
const { checkText, isMissing } = require("./options.js");
const { passwordAsker } = require("./password.js");
const { readTls } = require("./tls.js");

/** pg's names of texts, and the native side's. */
const TEXTS = {
  connectionString: "connectionString",
  host: "host",
  user: "user",
  database: "database",
  options: "options",
  application_name: "applicationName",
};

/** Settings of the session that pg has options for. */
const SESSION = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];

/** What pg knows, and no emitter can do; passed over, it would connect to somewhere else. */
const REFUSED = ["stream", "replication"];

/** Variables beside `PG…` that say where files are. */
const VARIABLES = ["APPDATA", "HOME", "NODE_EXTRA_CA_CERTS"];

const LONGEST_MILLIS = 2 ** 31 - 1;

const portOf = (port) => {
  // pg takes "5432", too: it is what an environment variable holds.
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number !== "number") throw invalidType("connection.port", "a number", port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw invalidValue("connection.port must be an integer from 1 to 65535");
  }
  return number;
};

const millisOf = (name, value) => {
  if (isMissing(value)) return undefined;
  if (typeof value !== "number") throw invalidType(`connection.${name}`, "a number", value);
  if (!(value >= 0)) throw invalidValue(`connection.${name} must be 0 or more, in milliseconds`);
  return Math.min(Math.ceil(value), LONGEST_MILLIS);
};

const flagOf = (name, value) => {
  if (isMissing(value)) return undefined;
  if (typeof value !== "boolean") throw invalidType(`connection.${name}`, "a boolean", value);
  return value;
};

/** The options of the session that the caller gave, in one line; poolers refuse any. */
const sessionOptions = (config) => {
  const given = SESSION.filter((name) => config[name]).map((name) => {
    const value = config[name];
    if (typeof value !== "number" && typeof value !== "string") {
      throw invalidType(`connection.${name}`, "a number of milliseconds", value);
    }
    return `-c ${name}=${String(value).replace(/[\\ ]/g, "\\$&")}`;
  });
  if (!isMissing(config.options)) given.unshift(checkText("connection.options", config.options));
  return given.length > 0 ? given.join(" ") : undefined;
};

/** The environment of this thread: a worker has its own, which the native side does not see. */
const environment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name, value]) =>
        (name.startsWith("PG") || VARIABLES.includes(name)) && value.isWellFormed(),
    ),
  );

/** What `pg.PoolConfig` and `pg.ClientConfig` hold. */
const readConfig = (config) => {
  for (const name of REFUSED) {
    if (config[name]) throw invalidValue(`connection.${name} is not supported`);
  }
  const settings = {};
  for (const [name, ours] of Object.entries(TEXTS)) {
    if (!isMissing(config[name])) settings[ours] = checkText(`connection.${name}`, config[name]);
  }
  if (!isMissing(config.fallback_application_name) && !process.env.PGAPPNAME) {
    const name = "fallback_application_name";
    settings.applicationName ??= checkText(`connection.${name}`, config[name]);
  }
  settings.options = sessionOptions(config);
  // pg leaves "" to the environment, and a Client without a port has NaN.
  if (!isMissing(config.port) && config.port !== "") settings.port = portOf(config.port);
  settings.connectTimeoutMillis = millisOf(
    "connectionTimeoutMillis",
    config.connectionTimeoutMillis,
  );
  settings.keepAlive = flagOf("keepAlive", config.keepAlive);
  settings.keepAliveIdleMillis = millisOf(
    "keepAliveInitialDelayMillis",
    config.keepAliveInitialDelayMillis,
  );
  settings.tls = readTls(config.ssl, config.sslnegotiation);
  if (typeof config.password === "function") {
    return { settings, askPassword: passwordAsker(config.password) };
  }
  if (!isMissing(config.password)) {
    settings.password = checkText("connection.password", config.password);
  }
  return { settings };
};

/** A `pg.Client` has read all sources of its settings by itself. */
const readClient = (client) => {
  const parameters = client.connectionParameters;
  const seconds = Number(parameters.connect_timeout);
  return readConfig({
    ...parameters,
    // What pg hides from inspection, a spread does not see, either.
    password: parameters.password,
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : undefined,
    keepAlive: isMissing(parameters.keepalives) ? undefined : parameters.keepalives !== 0,
  });
};

const isObject = (value) => typeof value === "object" && value !== null;

/**
 * The settings of a connection, as the native side takes them. They are handed over at once and kept
 * nowhere in JavaScript, so that no inspection shows a password.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const readConnection = (connection) => {
  const read = () => {
    if (isMissing(connection)) return { settings: {} };
    if (typeof connection === "string") {
      return {
        settings: { connectionString: checkText("the connection string", connection) },
      };
    }
    if (!isObject(connection)) {
      throw invalidType("connection", "a connection string or an object", connection);
    }
    if (isObject(connection.connectionParameters)) return readClient(connection);
    // A pg.Pool. In a config, `options` is a text.
    if (isObject(connection.options)) return readConfig(connection.options);
    if (typeof connection.query === "function") {
      throw invalidValue(
        "connection must be settings, a pg.Pool or a pg.Client: for other clients, see Emitter.using()",
      );
    }
    return readConfig(connection);
  };
  const { settings, askPassword } = read();
  return { settings: { ...settings, environment: environment() }, askPassword };
};

module.exports = { readConnection };
