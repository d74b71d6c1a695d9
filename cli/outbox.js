"use strict";

const { Emitter } = require("../index.js");
const { connectionOf } = require("./address.js");
const { harmless, harmlessJson } = require("./harmless.js");
const { UsageError, readTable } = require("./usage.js");
const { writer } = require("./writer.js");

const secondsOf = (millis) => `${(millis / 1_000).toFixed(1)} s`;

/** A row that is set aside, in one line. */
const rowText = ({ id, ageMillis, channel, bytes, error }) =>
  `${harmless(`${id}  ${secondsOf(ageMillis)} ago  ${channel}  ${bytes} B  ${error}`)}\n`;

const statusText = ({ waiting, oldestMillis, failed, setAside }) => {
  const since = oldestMillis === undefined ? "" : `, the oldest for ${secondsOf(oldestMillis)}`;
  const more = failed > setAside.length ? `… and ${failed - setAside.length} more\n` : "";
  return `${waiting} waiting${since}\n${failed} set aside\n${setAside.map(rowText).join("")}${more}`;
};

/** What is done with rows that are set aside, and the word for it. */
const ACTIONS = {
  retry: { call: (io, ids) => io.retrySetAside(ids), done: "published after all" },
  drop: { call: (io, ids) => io.dropSetAside(ids), done: "removed" },
};

/** Whether it is a bigint of PostgreSQL's. */
const isId = (text) =>
  /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

const idsOf = (args, { all }) => {
  const wrong = args.find((id) => !isId(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no row's id`);
  if (args.length > 0 && all) throw new UsageError("--all needs no ids of rows");
  if (args.length > 0) return args;
  if (all) return undefined;
  throw new UsageError("ids of rows are missing, or --all");
};

/** Shows what waits in the outbox and what was set aside, or what becomes of that. */
const outbox = async ({ args: [action, ...args], options }) => {
  if (action !== undefined && !Object.hasOwn(ACTIONS, action)) {
    throw new UsageError(`outbox knows retry and drop, and no "${action}"`);
  }
  const ids = action && idsOf(args, options);
  const { table, outbox: outboxTable, json } = options;
  const io = new Emitter(connectionOf(options), "/", {
    tableName: readTable("table", table),
    outboxTable: readTable("outbox", outboxTable),
  });
  const write = writer(process.stdout);
  try {
    if (action === undefined) {
      const status = await io.outboxStatus();
      await write(json ? `${harmlessJson(JSON.stringify(status))}\n` : statusText(status));
    } else {
      const { call, done } = ACTIONS[action];
      const rows = await call(io, ids);
      const result = json ? JSON.stringify({ rows }) : `${rows} rows will be ${done}`;
      await write(`${action === "drop" && !json ? `${rows} rows were ${done}` : result}\n`);
    }
  } finally {
    await io.close();
  }
};

module.exports = { outbox };
