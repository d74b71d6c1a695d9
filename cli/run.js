"use strict";

const { addressHint } = require("./address.js");
const { NAME } = require("./commands.js");
const { harmlessLines } = require("./harmless.js");
const { helpText } = require("./help.js");
const { UsageError, readUsage } = require("./usage.js");

const FAILED = 1;
const WRONG_USAGE = 2;

/** An error in one line, and what may help in another. */
const describe = (error) => {
  const code = error?.code ? `${error.code}: ` : "";
  const hint = error?.hint ? `\n${error.hint}` : "";
  return `${NAME}: ${harmlessLines(`${code}${error?.message ?? error}${hint}`)}\n`;
};

/**
 * A reader of the output that has gone, as after `| head -1`, is no failure; a disk that is full is one. What standard
 * error does not take can be told nowhere, and ends nothing.
 */
const watchStreams = () => {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(describe(error));
    process.exit(FAILED);
  });
};

/** Loads only what the command needs. */
const start = (usage) => {
  if (usage.command === "watch") return require("./watch.js").watch(usage);
  if (usage.command === "relay") return require("./relay.js").relay(usage);
  if (usage.command === "completion") return require("./completion.js").completion(usage);
  if (usage.command === "outbox") return require("./outbox.js").outbox(usage);
  return require("./send.js").send(usage);
};

/** Runs a command, and resolves with the exit code. */
const run = async (argv) => {
  watchStreams();
  let usage;
  try {
    usage = readUsage(argv);
    if (usage.options.help) {
      process.stdout.write(helpText(usage.command));
    } else if (usage.options.version) {
      process.stdout.write(`${require("../package.json").version}\n`);
    } else {
      await start(usage);
    }
    return 0;
  } catch (error) {
    process.stderr.write(describe(error));
    if (error instanceof UsageError) {
      const command = usage?.command ?? error.command;
      process.stderr.write(`Try "${NAME} ${command ? `${command} ` : ""}--help".\n`);
      return WRONG_USAGE;
    }
    process.stderr.write(addressHint(usage.options, error));
    return error.exitCode ?? FAILED;
  }
};

module.exports = { run };
