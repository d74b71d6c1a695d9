"use strict";

const { toJsonLine: toJson } = require("./display.js");
const { harmless } = require("./harmless.js");
const { writer } = require("./writer.js");

/** A socket in one line: its id, then its rooms but for the one that is its id. */
const toText = ({ id, rooms }) => {
  const others = [...rooms].filter((room) => room !== id);
  return `${harmless([id, others.join(", ")].filter(Boolean).join("  "))}\n`;
};

const toJsonLine = ({ id, rooms, data, handshake }) =>
  toJson({ id, rooms: [...rooms], data, handshake });

/** Prints the sockets of the cluster that are targeted. */
const printSockets = async (target, { json }) => {
  const sockets = await target.fetchSockets();
  await writer(process.stdout)(sockets.map(json ? toJsonLine : toText).join(""));
};

/** Prints how many servers have the namespace. */
const printServers = async (io) => {
  const count = await io.serverCount();
  await writer(process.stdout)(`${count}\n`);
};

module.exports = { printServers, printSockets };
