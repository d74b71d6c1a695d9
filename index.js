"use strict";

const { load } = require("./lib/native.js");

// The addon is loaded first: everything behind it needs it, and says less well that it is missing.
const binding = load(() => require("./binding.js"));
const { BroadcastOperator, RESERVED_EVENTS } = require("./lib/broadcast-operator.js");
const { Emitter } = require("./lib/emitter.js");
const { EmitterError, invalidType, native } = require("./lib/errors.js");
const { emitFunctionsSql } = require("./lib/functions.js");
const { defaults } = require("./lib/options.js");
const { Relay } = require("./lib/relay.js");

const nameOf = (argument, name, byDefault) => {
  if (name !== undefined && name !== null && typeof name !== "string") {
    throw invalidType(argument, "a string", name);
  }
  return name ?? byDefault;
};

// Each name has an assignment of its own: so Node finds them all for `import { … }`.
exports.Emitter = Emitter;
exports.BroadcastOperator = BroadcastOperator;
exports.EmitterError = EmitterError;
exports.Relay = Relay;
exports.RESERVED_EVENTS = RESERVED_EVENTS;
exports.DEFAULT_EMITTER_KEY = defaults.channelPrefix;
exports.DEFAULT_TABLE_NAME = defaults.tableName;
exports.DEFAULT_PAYLOAD_THRESHOLD = defaults.payloadThreshold;
exports.DEFAULT_OUTBOX_TABLE = defaults.outboxTable;
exports.attachmentTableSql = (tableName) =>
  native(() => binding.attachmentTableSql(nameOf("tableName", tableName, defaults.tableName)));
exports.emitFunctionsSql = emitFunctionsSql;
exports.outboxSql = (outboxTable) =>
  native(() => binding.outboxSql(nameOf("outboxTable", outboxTable, defaults.outboxTable)));
