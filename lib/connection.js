"use strict";

const { connectionParameters } = require("../binding.js");
const {
  MEANT,
  PASSED_OVER,
  PLACES,
  READ,
  REFUSED,
  SESSION,
  TEXTS,
  VARIABLES,
} = require("./connection-fields.js");
const { debug } = require("./debug.js");
const { fromNative, invalidType, invalidValue } = require("./errors.js");
const { refuseUnsupportedClient } = require("./unsupported-clients.js");
const { namesOf, unknownName } = require("./names.js");
const { LONGEST_MILLIS, checkText, isMissing } = require("./options.js");
const { passwordAsker } = require("./password.js");
const { listRoots } = require("./roots.js");
const { readTls } = require("./tls.js");

/**
 * Parameters that the native side knows beside the fields of `pg`, looked up when an object is first read.
 */
let known;
const knownParameters = () => {
  if (known === undefined) {
    const { taken, passedOver } = connectionParameters();
    known = { taken: new Set(taken), passedOver: new Set(passedOver) };
  }
  return known;
};

const portOf = (port) => {
  // `pg` takes "5432", too: an environment variable holds it so.
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

/** The value of a libpq parameter as text, as in a connection string. */
const parameterOf = (name, value) => {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  return checkText(`connection.${name}`, value);
};

/**
 * The libpq parameters that an object holds beside the fields of `pg`.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_VALUE` for a field that is unknown
 */
const readParameters = (config) => {
  const { taken, passedOver } = knownParameters();
  const parameters = {};
  for (const name of namesOf(config)) {
    if (READ.has(name) || PASSED_OVER.has(name) || passedOver.has(name)) continue;
    if (!taken.has(name) || Object.hasOwn(MEANT, name)) {
      const others = [...PASSED_OVER, ...passedOver];
      throw unknownName("connection", name, [...READ, ...taken], MEANT, others);
    }
    if (!isMissing(config[name])) parameters[name] = parameterOf(name, config[name]);
  }
  return parameters;
};

const isUrl = (value) => Object.prototype.toString.call(value) === "[object URL]";

/** The settings of a `pg.PoolConfig` or a `pg.ClientConfig`. */
const readConfig = (config) => {
  for (const name of REFUSED) {
    if (config[name]) throw invalidValue(`connection.${name} is not supported`);
  }
  const settings = {};
  for (const [name, ours] of Object.entries(TEXTS)) {
    const value = config[name];
    if (isMissing(value)) continue;
    const isHref = name === "connectionString" && isUrl(value);
    settings[ours] = isHref ? value.href : checkText(`connection.${name}`, value);
  }
  if (!isMissing(config.fallback_application_name) && !process.env.PGAPPNAME) {
    const name = "fallback_application_name";
    settings.applicationName ??= checkText(`connection.${name}`, config[name]);
  }
  settings.options = sessionOptions(config);
  // `pg` leaves "" to the environment, and a Client without a port has NaN.
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
  // Without `ssl` no mode is asked for, and a string's holds.
  if (isMissing(config.ssl) && !isMissing(config.sslnegotiation)) {
    settings.parameters = { sslnegotiation: config.sslnegotiation };
  }
  if (typeof config.password === "function") {
    return { settings, askPassword: passwordAsker(config.password) };
  }
  if (!isMissing(config.password)) {
    settings.password = checkText("connection.password", config.password);
  }
  return { settings };
};

/** A number of milliseconds as `pg` takes it, which hands it to a timer. */
const lentMillis = (value) => (Number(value) >= 0 ? Number(value) : undefined);

/**
 * The settings of an object of `pg` that is in use: a field that `pg` has taken is no reason to refuse it.
 */
const readLent = (config) => {
  const { settings, askPassword } = readConfig({
    ...config,
    // A property that `pg` hides from inspection is not copied by a spread, either.
    password: config.password,
    connectionTimeoutMillis: lentMillis(config.connectionTimeoutMillis),
    keepAlive: isMissing(config.keepAlive) ? undefined : Boolean(config.keepAlive),
    keepAliveInitialDelayMillis: lentMillis(config.keepAliveInitialDelayMillis),
  });
  return { settings: { ...settings, isLent: true }, askPassword };
};

/** A `pg.Client` has read all sources of its settings by itself. */
const readClient = (client) => {
  const parameters = client.connectionParameters;
  const seconds = Number(parameters.connect_timeout);
  return readLent({
    ...parameters,
    password: parameters.password,
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : undefined,
    keepAlive: isMissing(parameters.keepalives) ? undefined : parameters.keepalives !== 0,
  });
};

const isObject = (value) => typeof value === "object" && value !== null;

const isPool = (value) =>
  isObject(value.options) &&
  typeof value.query === "function" &&
  typeof value.connect === "function";

const isPlain = (value) => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const isEmpty = (text) => typeof text === "string" && text.trim() === "";

const unset = (what) =>
  invalidValue(
    `${what}: is the variable that it comes from set? (No argument, or null, means the PG… variables)`,
  );

const readString = (text) => {
  if (isEmpty(text)) throw unset("the connection string is empty");
  return { settings: { connectionString: checkText("the connection string", text) } };
};

/** Settings that the caller wrote. */
const readObject = (config) => {
  const isKnown = (name) => name in config;
  // A Map or an array has no fields that would be read.
  if (!isPlain(config) && ![...READ, ...knownParameters().taken].some(isKnown)) {
    throw invalidType("connection", "a connection string, or an object with settings", config);
  }
  const parameters = readParameters(config);
  const { connectionString } = config;
  const isUnset = "connectionString" in config && connectionString === undefined;
  if ((isUnset || isEmpty(connectionString)) && PLACES.every((name) => isMissing(config[name]))) {
    throw unset(`connection.connectionString is ${isUnset ? "undefined" : "empty"}`);
  }
  const { settings, askPassword } = readConfig(config);
  return {
    settings: { ...settings, parameters: { ...parameters, ...settings.parameters } },
    askPassword,
  };
};

/** Writes to the debug log; it holds no emitter. */
const onUnencrypted = (cause) => debug("connected without TLS, for with it: %o", fromNative(cause));

/**
 * The settings of a connection, as the native side takes them. They are handed over at once and kept
 * nowhere in JavaScript, so that no inspection shows a password.
 *
 * @param {unknown} connection - `null` for the environment and libpq's defaults
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const readConnection = (connection) => {
  const read = () => {
    if (connection === null) return { settings: {} };
    if (connection === undefined) throw unset("the connection is undefined");
    if (typeof connection === "string") return readString(connection);
    if (isObject(connection) && isObject(connection.connectionParameters)) {
      return readClient(connection);
    }
    if (isObject(connection) || typeof connection === "function")
      refuseUnsupportedClient(connection);
    if (!isObject(connection)) {
      throw invalidType("connection", "a connection string or an object", connection);
    }
    if (isUrl(connection)) return readString(connection.href);
    if (isPool(connection)) return readLent(connection.options);
    if (typeof connection.query === "function") {
      throw invalidValue(
        "connection must be settings, a pg.Pool or a pg.Client: for other clients, see Emitter.using()",
      );
    }
    return readObject(connection);
  };
  const { settings, askPassword } = read();
  const told = { environment: environment(), onUnencrypted, listRoots };
  return { settings: { ...settings, ...told }, askPassword };
};

module.exports = { readConnection };
