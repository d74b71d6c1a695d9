"use strict";

const { COMMANDS, NAME, OPTIONS, optionsOf, textOf } = require("./commands.js");

/** Fits a screen of 80 columns and 24 lines, with one left for the prompt. */
const HELP = `Usage: ${NAME} COMMAND [ARGUMENT...] [OPTION...]
Sends events to the clients of Socket.IO servers, by way of PostgreSQL.

  emit EVENT [ARG...]              send an event to clients
  server-side-emit EVENT [ARG...]  send an event to the servers
  join ROOM..., leave ROOM...      make sockets join or leave rooms
  disconnect                       disconnect sockets
  sockets, servers                 list the sockets, count the servers
  watch                            show each message that travels
  relay, outbox                    publish what is in the outbox, look into it
  completion bash|zsh|fish         print what completes commands in your shell

Each command has options and examples of its own: "COMMAND --help". Such as

  ${NAME} emit paid '{"id":17}' --to order:17

  --url URL      postgres://user:password@host:port/database; or else that of
                 DATABASE_URL; what is left out, of PGHOST, PGUSER and so on
  --nsp NAME     the namespace, "/" by default
  --to ROOM      only sockets in this room; --except ROOM, no sockets in it
  --             what follows is no option; --version is one more
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C.
`;

/** The options in two columns. */
const optionLines = (command) => {
  const rows = optionsOf(command).map((name) => {
    const { value, short } = OPTIONS[name];
    return [`${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`, textOf(name)];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, text]) => `  ${left.padEnd(width)}  ${text}\n`).join("");
};

const exampleLine = (example) =>
  `  ${example.includes("NAME") ? example.replaceAll("NAME", NAME) : `${NAME} ${example}`}\n`;

/** The help of one command. */
const commandHelp = (command) => {
  const { usage, summary, text, examples } = COMMANDS[command];
  const [first, ...others] = usage.map((line) => `${NAME} ${line}\n`);
  return [
    `Usage: ${first}${others.map((line) => `       ${line}`).join("")}`,
    `${summary[0].toUpperCase()}${summary.slice(1)}.\n\n`,
    text && `${text}\n\n`,
    optionLines(command),
    `\nFor example\n${examples.map(exampleLine).join("")}`,
  ].join("");
};

/** What `--help` prints: of a command, or without one of all. */
const helpText = (command) => (command === undefined ? HELP : commandHelp(command));

module.exports = { helpText };
