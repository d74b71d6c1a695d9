"use strict";

const { HELP } = require("./help.js");
const { UsageError, readUsage } = require("./usage.js");

const NAME = "socket.io-postgres-emitter-rs";
const FAILED = 1;
const WRONG_USAGE = 2;

/** An error in one line, and what may help in another. */
const describe = (error) => {
  const code = error?.code ? `${error.code}: ` : "";
  const hint = error?.hint ? `\n${error.hint}` : "";
  return `${NAME}: ${code}${error?.message ?? error}${hint}\n`;
};

/** Loads only what the command needs. */
const start = (usage) => {
  if (usage.command === "watch") return require("./watch.js").watch(usage);
  return require("./send.js").send(usage);
};

/** Runs a command, and resolves with the exit code. */
const run = async (argv) => {
  try {
    const usage = readUsage(argv);
    if (usage.options.help) {
      process.stdout.write(HELP);
    } else if (usage.options.version) {
      process.stdout.write(`${require("../package.json").version}\n`);
    } else {
      await start(usage);
    }
    return 0;
  } catch (error) {
    process.stderr.write(describe(error));
    if (!(error instanceof UsageError)) return FAILED;
    process.stderr.write(`Try "${NAME} --help".\n`);
    return WRONG_USAGE;
  }
};

module.exports = { run };
