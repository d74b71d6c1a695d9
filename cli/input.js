"use strict";

const { constants } = require("node:os");
const { sendLines } = require("./lines.js");
const { Progress } = require("./progress.js");

/** The end by a signal, with the exit code that a shell expects of it. */
const interruption = (signal, sent) =>
  Object.assign(new Error(`interrupted by ${signal}: ${sent} lines were sent`), {
    exitCode: 128 + constants.signals[signal],
  });

/**
 * Sends each line of standard input. SIGINT and SIGTERM end it: nothing more is read, what is on its
 * way is waited for, and the error says how many lines were sent. A second one does not wait.
 *
 * @param {(value: unknown) => Promise<void>} send
 */
const sendInput = async (send) => {
  const { stdin } = process;
  const progress = new Progress();
  const ended = new AbortController();
  let received;
  const interrupt = (signal) => {
    if (received) {
      progress.end();
      process.exit(128 + constants.signals[signal]);
    }
    received = signal;
    process.stderr.write("ending, when what is on its way is sent; Ctrl-C again ends at once\n");
    ended.abort();
    stdin.destroy();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    await sendLines(stdin, send, progress, ended.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  if (received) throw interruption(received, progress.sent);
};

module.exports = { sendInput };
