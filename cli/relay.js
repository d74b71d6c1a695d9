"use strict";

const { Emitter } = require("../index.js");
const { isMistake } = require("../lib/errors.js");
const { LONGEST_MILLIS, defaults } = require("../lib/options.js");
const { connectionOf } = require("./address.js");
const { harmless, harmlessJson } = require("./harmless.js");
const { UsageError, readNumber, readTable } = require("./usage.js");

/** How often a relay tells how far it is, in milliseconds: on a terminal, and in a log. */
const TERMINAL_INTERVAL = 1_000;
const LOG_INTERVAL = 60_000;

/** What is counted for that takes at most one part in this number of the time. */
const COUNT_SHARE = 20;

/** What the relay says, as lines on standard error or, with `--json`, as objects on standard output. */
const reporter = ({ json }) => ({
  say(kind, text, more = {}) {
    if (json) {
      const line = { time: new Date().toISOString(), kind, ...more };
      process.stdout.write(`${harmlessJson(JSON.stringify(line))}\n`);
    } else {
      process.stderr.write(`${harmless(text)}\n`);
    }
  },
});

const ageOf = ({ oldestMillis }) =>
  oldestMillis === undefined ? "" : `, the oldest for ${(oldestMillis / 1_000).toFixed(1)} s`;

const statsText = (stats) =>
  `${stats.published} published, ${stats.waiting} waiting${ageOf(stats)}, ${stats.failed} set aside`;

/** Publishes what is committed in the outbox, until it is interrupted. */
const relay = async ({ args, options }) => {
  if (args.length > 0) throw new UsageError("relay takes no arguments");
  const { table, outbox, poll, batch } = options;
  const report = reporter(options);
  let refused;
  let wasActive = false;
  let close;
  const closed = new Promise((resolve) => {
    close = resolve;
  });
  const io = new Emitter(connectionOf(options), "/", {
    tableName: readTable("table", table),
    outboxTable: readTable("outbox", outbox),
  });
  const running = io.relay({
    pollMillis: readNumber("poll", poll, LONGEST_MILLIS),
    batchSize: readNumber("batch", batch, defaults.maxBatchSize),
    errorHandler(error) {
      report.say("error", `${error.code}: ${error.message}`, {
        code: error.code,
        message: error.message,
      });
      // One from the beginning is a mistake in the command.
      if (!wasActive && isMistake(error)) {
        refused = error;
        running.close();
      }
    },
    onStateChange({ state }) {
      wasActive ||= state === "active" || state === "standby";
      report.say("state", `the relay is ${state}`, { state });
      if (state === "closed") close();
    },
  });
  const stop = () => running.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const interval = process.stderr.isTTY ? TERMINAL_INTERVAL : LOG_INTERVAL;
  let timer;
  const tellAfter = (millis) => {
    timer = setTimeout(async () => {
      const asked = performance.now();
      const stats = await running.stats().catch(() => undefined);
      if (running.state === "closed") return;
      if (stats) report.say("stats", statsText(stats), stats);
      // To count what waits takes the relay's own time.
      tellAfter(Math.max(interval, COUNT_SHARE * (performance.now() - asked)));
    }, millis).unref();
  };
  tellAfter(interval);
  try {
    await closed;
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await io.close();
  }
  if (refused) throw refused;
};

module.exports = { relay, statsText };
