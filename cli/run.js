"use strict";

const { harmlessLines } = require("./harmless.js");
const { HELP } = require("./help.js");
const { UsageError, readUsage } = require("./usage.js");

const NAME = "socket.io-postgres-emitter-rs";
const FAILED = 1;
const WRONG_USAGE = 2;

/** Of an address that somebody typed, or forgot to. */
const NETWORK = /^(ECONN|ENOTFOUND|EHOST|ENET|ETIMEDOUT|EAI_)/;

/** What may help who gave no address at all. */
const addressHint = ({ options }, error) => {
  if (options.url || process.env.PGHOST || !NETWORK.test(error?.code)) return "";
  return "Neither --url nor PGHOST is given: was it to be this machine's PostgreSQL?\n";
};

/** An error in one line, and what may help in another. */
const describe = (error) => {
  const code = error?.code ? `${error.code}: ` : "";
  const hint = error?.hint ? `\n${error.hint}` : "";
  return `${NAME}: ${harmlessLines(`${code}${error?.message ?? error}${hint}`)}\n`;
};

/** Loads only what the command needs. */
const start = (usage) => {
  if (usage.command === "watch") return require("./watch.js").watch(usage);
  if (usage.command === "relay") return require("./relay.js").relay(usage);
  if (usage.command === "outbox") return require("./outbox.js").outbox(usage);
  return require("./send.js").send(usage);
};

/** Runs a command, and resolves with the exit code. */
const run = async (argv) => {
  let usage;
  try {
    usage = readUsage(argv);
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
    if (!(error instanceof UsageError)) {
      process.stderr.write(addressHint(usage, error));
      return FAILED;
    }
    process.stderr.write(`Try "${NAME} --help".\n`);
    return WRONG_USAGE;
  }
};

module.exports = { run };
