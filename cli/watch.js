"use strict";

const { once } = require("node:events");
// First: it says what to do where there is no native binary.
require("../index.js");
const { Listener, Namespace } = require("../binding.js");
const { readConnection } = require("../lib/connection.js");
const { fromNative, native } = require("../lib/errors.js");
const { defaults } = require("../lib/options.js");
const { readSettings } = require("./connection.js");
const { readNotification } = require("./decode.js");
const { toJsonLine, toText } = require("./display.js");
const { Rates } = require("./rates.js");
const { UsageError } = require("./usage.js");

/** What the native side resolves with is an answer, or a failure with a code. */
const checked = (answer) => {
  if (answer?.code !== undefined) throw fromNative(answer);
  return answer;
};

/** Where to listen, and which table to read. */
const readTargets = ({ nsp = ["/"], prefix, table }) => ({
  channels: nsp.map(
    (name) => native(() => new Namespace(prefix ?? defaults.channelPrefix, name)).channel,
  ),
  tableName: table ?? defaults.tableName,
});

/** Writes as fast as the reader takes it; false when there is no reader any more. */
const writer = (stream) => {
  let open = true;
  stream.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return async (text) => {
    if (open && !stream.write(text)) await Promise.race([once(stream, "drain"), closed(stream)]);
    return open;
  };
};

const closed = (stream) => new Promise((resolve) => stream.once("close", resolve));

/** Shows what travels, until it is interrupted or nobody reads any more. */
const watch = async ({ args, options }) => {
  if (args.length > 0) throw new UsageError("watch takes no arguments");
  const settings = readSettings(options.url);
  const { channels, tableName } = readTargets(options);
  const listener = native(() => new Listener(readConnection(settings), channels, tableName));
  checked(await listener.open());

  const stop = () => listener.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  process.stderr.write(`listening on ${channels.join(", ")}\n`);
  const rates = new Rates();
  const colours = process.stdout.isTTY && !process.env.NO_COLOR;
  const format = options.json ? toJsonLine : (entry) => toText(entry, colours);
  const write = writer(process.stdout);
  const fetchAttachment = async (id) => checked(await listener.fetchAttachment(id));

  try {
    for (;;) {
      const heard = checked(await listener.next());
      if (heard === null) return;
      const time = new Date();
      rates.drop(heard.dropped);
      let text = "";
      for (const [index, payload] of heard.payloads.entries()) {
        const notification = { time, channel: heard.channels[index], payload };
        const entry = await readNotification(notification, fetchAttachment);
        rates.count(entry.bytes);
        text += format(entry);
      }
      rates.clear();
      // One write for all: a line at a time does not keep up with a busy cluster.
      if (!(await write(text))) return;
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await listener.close();
    rates.end();
  }
};

module.exports = { watch };
