"use strict";

// First: it says what to do where there is no native binary.
require("../index.js");
const { Namespace } = require("../binding.js");
const { native } = require("../lib/errors.js");
const { defaults } = require("../lib/options.js");
const { connectionOf } = require("./address.js");
const { readNotification, unshowable } = require("./decode.js");
const { toJsonLine, toText } = require("./display.js");
const { readFilter } = require("./filter.js");
const { harmless, harmlessJson } = require("./harmless.js");
const { NotificationListener } = require("./listener.js");
const { Rates } = require("./rates.js");
const { UsageError, readTable } = require("./usage.js");
const { writer } = require("./writer.js");

const readNamespaces = ({ nsp = ["/"], prefix = defaults.channelPrefix }) =>
  nsp.map((name) => native(() => new Namespace(prefix, name)));

/** An entry as it is printed, or that it cannot be: one notification stops no other. */
const formatted = (entry, format) => {
  try {
    return format(entry);
  } catch (error) {
    return format(unshowable(entry, error));
  }
};

/** Says on standard error, and for programs on standard output, that something was missed. */
const noteOf = (json, kind, text, more) => {
  process.stderr.write(`${harmless(text)}\n`);
  if (!json) return "";
  return `${harmlessJson(JSON.stringify({ time: new Date().toISOString(), kind, ...more }))}\n`;
};

/** Prints what is received, until the listener is closed or the output is. */
const show = async (listener, { json, isWanted }, rates) => {
  const colours = process.stdout.isTTY && !process.env.NO_COLOR;
  const format = json ? toJsonLine : (entry) => toText(entry, colours);
  const write = writer(process.stdout);
  const fetchAttachment = (id) => listener.attachment(id);
  for (;;) {
    const received = await listener.next();
    if (received === null) return;
    const { notifications, dropped, missed } = received;
    rates.drop(dropped);
    let text = "";
    for (const notification of notifications) {
      const entry = await readNotification(notification, fetchAttachment);
      if (!isWanted(entry)) continue;
      rates.count(entry.bytes);
      text += formatted(entry, format);
    }
    rates.clear();
    if (dropped > 0) {
      text += noteOf(json, "dropped", `${dropped} messages came too fast to show`, {
        messages: dropped,
      });
    }
    if (missed) {
      const why = `${missed.code}: ${missed.message}`;
      text += noteOf(
        json,
        "missed",
        `the connection was lost (${why}); what came meanwhile is missed`,
        {
          error: why,
        },
      );
    }
    // One write for all: a line at a time does not keep up with a busy cluster.
    if (!(await write(text))) return;
  }
};

/** Shows what travels, until it is interrupted. */
const watch = async ({ args, options }) => {
  if (args.length > 0) throw new UsageError("watch takes no arguments");
  const namespaces = readNamespaces(options);
  const isWanted = readFilter(options);
  const table = readTable("table", options.table) ?? defaults.tableName;
  const listener = new NotificationListener(connectionOf(options), table, namespaces);
  const stop = () => listener.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let rates;
  try {
    if (!(await listener.open())) return;
    const channels = namespaces.map(({ channel }) => channel);
    process.stderr.write(`listening on ${harmless(channels.join(", "))}\n`);
    rates = new Rates();
    await show(listener, { json: options.json, isWanted }, rates);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    listener.close();
    rates?.end();
  }
};

module.exports = { watch };
