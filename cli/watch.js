"use strict";

// First: it says what to do where there is no native binary.
require("../index.js");
const { Namespace } = require("../binding.js");
const { native } = require("../lib/errors.js");
const { defaults } = require("../lib/options.js");
const { readNotification } = require("./decode.js");
const { toJsonLine, toText } = require("./display.js");
const { Listener } = require("./listener.js");
const { Rates } = require("./rates.js");
const { UsageError } = require("./usage.js");
const { writer } = require("./writer.js");

const readNamespaces = ({ nsp = ["/"], prefix = defaults.channelPrefix }) =>
  nsp.map((name) => native(() => new Namespace(prefix, name)));

/** Prints what is heard, until the listener is closed or nobody reads any more. */
const show = async (listener, format, rates) => {
  const write = writer(process.stdout);
  const fetchAttachment = (id) => listener.attachment(id);
  for (;;) {
    const heard = await listener.next();
    if (heard === null) return;
    rates.drop(heard.dropped);
    let text = "";
    for (const notification of heard.notifications) {
      const entry = await readNotification(notification, fetchAttachment);
      rates.count(entry.bytes);
      text += format(entry);
    }
    rates.clear();
    // One write for all: a line at a time does not keep up with a busy cluster.
    if (!(await write(text))) return;
  }
};

/** Shows what travels, until it is interrupted. */
const watch = async ({ args, options }) => {
  if (args.length > 0) throw new UsageError("watch takes no arguments");
  const namespaces = readNamespaces(options);
  const listener = new Listener(options.url ?? null, options.table ?? defaults.tableName);
  await listener.open(namespaces);

  const stop = () => listener.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const channels = namespaces.map(({ channel }) => channel);
  process.stderr.write(`listening on ${channels.join(", ")}\n`);
  const colours = process.stdout.isTTY && !process.env.NO_COLOR;
  const rates = new Rates();
  try {
    await show(listener, options.json ? toJsonLine : (entry) => toText(entry, colours), rates);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    listener.close();
    rates.end();
  }
};

module.exports = { watch };
