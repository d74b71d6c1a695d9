"use strict";

const defaults = require("./constants.js");
const { debug, isDebugging } = require("./debug.js");
const { invalidType, invalidValue, messageOf } = require("./errors.js");
const { namesOf, unknownName } = require("./names.js");
const { isTraced } = require("./tracing.js");

/** The names of all options, as `EmitterOptions` in `index.d.ts` has them. */
const NAMES = new Set([
  "attachmentTtlMillis",
  "channelPrefix",
  "discoveryMillis",
  "errorHandler",
  "heartbeatTimeoutMillis",
  "key",
  "listenConnection",
  "listenerIdleMillis",
  "maxQueueBytes",
  "onStateChange",
  "outboxTable",
  "parser",
  "payloadThreshold",
  "publishTimeoutMillis",
  "retryUnknown",
  "signal",
  "tableName",
]);

/** Options by other names that are written for them. */
const MEANT = {
  heartbeatTimeout: "heartbeatTimeoutMillis",
  nsp: "the argument before the options",
  onError: "errorHandler",
  prefix: "channelPrefix",
  requestsTimeout: "timeout(millis), a call",
  table: "tableName",
  timeout: "publishTimeoutMillis",
  timeoutMillis: "publishTimeoutMillis",
  timeoutMs: "publishTimeoutMillis",
};

/** The longest delay of a timer in JavaScript: as good as no limit, and no surprise in any runtime. */
const LONGEST_MILLIS = 2 ** 31 - 1;

const isMissing = (value) => value === undefined || value === null;

/** Refuses options that are no object, and those whose names are not `known`. */
const checkNames = (options, known, meant) => {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalidType("options", "an object", options);
  }
  const unknown = namesOf(options).find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownName("options", unknown, known, meant);
};

/** A string that PostgreSQL can be given: no lone surrogate, which UTF-8 cannot carry. */
const checkText = (name, value) => {
  if (typeof value !== "string") throw invalidType(name, "a string", value);
  if (!value.isWellFormed()) throw invalidValue(`${name} must not contain lone surrogates`);
  return value;
};

const checkFunction = (name, value) => {
  if (typeof value !== "function") throw invalidType(name, "a function", value);
  return value;
};

const channelPrefixOf = ({ channelPrefix, key }) => {
  if (!isMissing(channelPrefix)) checkText("options.channelPrefix", channelPrefix);
  if (!isMissing(key)) checkText("options.key", key);
  if (!isMissing(channelPrefix) && !isMissing(key) && channelPrefix !== key) {
    throw invalidValue("options.key is another name of options.channelPrefix: give one of them");
  }
  return channelPrefix ?? key ?? defaults.channelPrefix;
};

/** A positive integer, up to `max`. */
const countOf = (options, name, unit, max = Number.MAX_SAFE_INTEGER) => {
  const value = options[name];
  if (isMissing(value)) return defaults[name];
  if (typeof value !== "number") throw invalidType(`options.${name}`, "a number", value);
  if (!Number.isSafeInteger(value) || value < 1 || value > max) {
    const most = max === Number.MAX_SAFE_INTEGER ? "" : ` of at most ${max}`;
    throw invalidValue(`options.${name} must be a positive integer${most}, in ${unit}`);
  }
  return value;
};

const functionOf = (options, name) =>
  isMissing(options[name]) ? undefined : checkFunction(`options.${name}`, options[name]);

const signalOf = ({ signal }) => {
  if (isMissing(signal)) return undefined;
  const isSignal =
    typeof signal.aborted === "boolean" &&
    typeof signal.addEventListener === "function" &&
    typeof signal.removeEventListener === "function";
  if (!isSignal) throw invalidType("options.signal", "an AbortSignal", signal);
  return signal;
};

const flagOf = (options, name) => {
  const value = options[name] ?? false;
  if (typeof value !== "boolean") throw invalidType(`options.${name}`, "a boolean", value);
  return value;
};

const attachmentTtlMillisOf = ({ attachmentTtlMillis }) => {
  if (isMissing(attachmentTtlMillis)) return defaults.attachmentTtlMillis;
  if (typeof attachmentTtlMillis !== "number") {
    throw invalidType("options.attachmentTtlMillis", "a number", attachmentTtlMillis);
  }
  if (!Number.isSafeInteger(attachmentTtlMillis) || attachmentTtlMillis < 0) {
    throw invalidValue("options.attachmentTtlMillis must be an integer from 0, in milliseconds");
  }
  return attachmentTtlMillis;
};

const parserOf = ({ parser }) => {
  if (isMissing(parser)) return undefined;
  if (typeof parser !== "object" && typeof parser !== "function") {
    throw invalidType("options.parser", "an object", parser);
  }
  checkFunction("options.parser.encode", parser.encode);
  return parser;
};

/** The handlers of `defaultHandler`. */
const defaultHandlers = new WeakSet();

/**
 * A handler for emitters without one of the caller's: `DEBUG=socket.io-postgres-emitter` shows the errors.
 * The process is warned once of each code that no `await` was told of, and that is not shown.
 *
 * @param meaning - what such errors mean
 */
const defaultHandler = (meaning) => {
  const warned = new Set();
  const handler = (error, isAwaited) => {
    debug("publish failed: %o", error);
    const code = error?.code ?? error?.name;
    // A subscriber of the trace is told of each call, and V8 sees no `await` behind a trace.
    if (isAwaited || isDebugging || isTraced() || warned.has(code)) return;
    warned.add(code);
    process.emitWarning(
      `${meaning} (${code}: ${messageOf(error)}). The option errorHandler is told of each, and DEBUG=socket.io-postgres-emitter shows them`,
      { type: "EmitterWarning", code: typeof code === "string" ? code : undefined },
    );
  };
  handler.asksWhetherAwaited = !isDebugging;
  defaultHandlers.add(handler);
  return handler;
};

/** The caller's handler, which is given the error and nothing else: it may be `console.error`. */
const handlerOf = (options) => {
  const handler = functionOf(options, "errorHandler");
  return handler && ((error) => handler(error));
};

/** The handler of a relay whose emitter has this one. A relay that fails loses nothing. */
const relayHandlerOf = (handler) =>
  defaultHandlers.has(handler)
    ? defaultHandler("the relay met an error and goes on: no message is lost")
    : handler;

/**
 * The options with their defaults.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const readOptions = (options) => {
  const given = options ?? {};
  checkNames(given, NAMES, MEANT);
  return {
    channelPrefix: channelPrefixOf(given),
    tableName: isMissing(given.tableName)
      ? defaults.tableName
      : checkText("options.tableName", given.tableName),
    outboxTable: isMissing(given.outboxTable)
      ? defaults.outboxTable
      : checkText("options.outboxTable", given.outboxTable),
    payloadThreshold: countOf(given, "payloadThreshold", "bytes"),
    attachmentTtlMillis: attachmentTtlMillisOf(given),
    publishTimeoutMillis: countOf(given, "publishTimeoutMillis", "milliseconds", LONGEST_MILLIS),
    maxQueueBytes: countOf(given, "maxQueueBytes", "bytes"),
    discoveryMillis: countOf(given, "discoveryMillis", "milliseconds", LONGEST_MILLIS),
    listenerIdleMillis: countOf(given, "listenerIdleMillis", "milliseconds", LONGEST_MILLIS),
    heartbeatTimeoutMillis: countOf(
      given,
      "heartbeatTimeoutMillis",
      "milliseconds",
      LONGEST_MILLIS,
    ),
    retryUnknown: flagOf(given, "retryUnknown"),
    signal: signalOf(given),
    parser: parserOf(given),
    errorHandler: handlerOf(given) ?? defaultHandler("messages are being lost"),
    onStateChange: functionOf(given, "onStateChange"),
  };
};

/**
 * The size from which a message goes through the table. A threshold beyond NOTIFY's own limit makes no
 * difference, and would not fit into 32 bits.
 */
const inlineBytesOf = ({ payloadThreshold }) => Math.min(payloadThreshold, defaults.notifyLimit);

module.exports = {
  inlineBytesOf,
  LONGEST_MILLIS,
  defaults,
  checkNames,
  checkText,
  countOf,
  functionOf,
  isMissing,
  readOptions,
  relayHandlerOf,
  signalOf,
};
