"use strict";

// What there is to type. Reading, help and completion are made of it, so that they cannot differ.

const NAME = "socket.io-postgres-emitter-rs";

/**
 * What each option is for: see `textOf`. `value` names its value, and without one it is a flag; `byDefault`
 * names its default among the constants of the native side.
 */
const OPTIONS = {
  url: { value: "URL", text: "the database; else that of DATABASE_URL, or of PGHOST etc." },
  nsp: { value: "NAME", text: 'namespace, "/" by default', multiple: true },
  prefix: { value: "NAME", text: "start of the channels' names, as the servers' channelPrefix" },
  table: { value: "NAME", text: "attachment table, as the servers' tableName" },
  to: { value: "ROOM", text: "only sockets in this room; several add up", multiple: true },
  except: { value: "ROOM", text: "no sockets in this room; several add up", multiple: true },
  volatile: { text: "clients that are not ready may miss the event" },
  ack: { text: "waits for answers, and prints each as a line of JSON" },
  timeout: { value: "MILLIS", text: "how long --ack waits", byDefault: "requestTimeoutMillis" },
  close: { text: "closes the connections, with every namespace on them" },
  json: { text: "prints JSON, one object a line" },
  event: { value: "EVENT", text: "only events of this name; several add up", multiple: true },
  room: {
    value: "ROOM",
    text: "only messages to this room, and joins and leaves of it",
    multiple: true,
  },
  heartbeats: { text: "shows the servers' signs of life, too" },
  "no-heartbeats": { text: "leaves them out, which is the default" },
  outbox: { value: "NAME", text: "outbox", byDefault: "outboxTable" },
  poll: { value: "MILLIS", text: "how often it looks for rows", byDefault: "pollMillis" },
  batch: { value: "COUNT", text: "how many rows it publishes at once", byDefault: "batchSize" },
  all: { text: "every row that was set aside" },
  help: { text: "shows this", short: "h" },
  version: { text: "shows the version", short: "v" },
};

const DATABASE = ["url"];
const SENDING = [...DATABASE, "nsp", "prefix", "table"];
const TARGETS = ["to", "except"];

const ARGUMENTS = `ARG is JSON, or else a string: 42 is a number, '"42"' and hello are strings.
With - as the only ARG, each line of standard input is the JSON argument of one
event; with - in the place of EVENT, each line is a whole ["event", ARG...].
Ctrl-C then says how many lines were sent.`;

const ROOMS = "ROOM is a string; '[42]' is the number 42.";

const COMMANDS = {
  emit: {
    usage: ["emit EVENT [ARG...]", "emit EVENT -", "emit -"],
    summary: "send an event to clients",
    text: `${ARGUMENTS}\n${ROOMS}`,
    options: [...TARGETS, "volatile", "ack", "timeout", ...SENDING],
    examples: [
      'emit news "hello, everybody"',
      `emit paid '{"total":49.9}' --to order:17`,
      "emit 'still there?' --to order:17 --ack",
      "jq -c '.[]' rows.json | NAME emit row -",
    ],
  },
  "server-side-emit": {
    usage: ["server-side-emit EVENT [ARG...]", "server-side-emit EVENT -", "server-side-emit -"],
    summary: "send an event to the servers",
    text: `The servers receive it with io.on(EVENT), and no client does.\n${ARGUMENTS}`,
    options: ["ack", "timeout", ...SENDING],
    examples: ["server-side-emit reload prices", "server-side-emit load --ack"],
  },
  join: {
    usage: ["join ROOM..."],
    summary: "make sockets join rooms",
    text: ROOMS,
    options: [...TARGETS, ...SENDING],
    examples: ["join paid-orders --to order:17"],
  },
  leave: {
    usage: ["leave ROOM..."],
    summary: "make sockets leave rooms",
    text: ROOMS,
    options: [...TARGETS, ...SENDING],
    examples: ["leave order:17 --to user:3"],
  },
  disconnect: {
    usage: ["disconnect"],
    summary: "disconnect sockets",
    text: "Without --to and --except these are all sockets of the namespace.",
    options: [...TARGETS, "close", ...SENDING],
    examples: ["disconnect --to user:3 --nsp /admin", "disconnect --close --to user:3"],
  },
  sockets: {
    usage: ["sockets"],
    summary: "list the sockets of all servers, with their rooms",
    text: "With --json there are data and handshake, too; a handshake may hold cookies.",
    options: [...TARGETS, "json", ...SENDING],
    examples: ["sockets --to order:17", "sockets --json | jq -r .id"],
  },
  servers: {
    usage: ["servers"],
    summary: "count the servers",
    text: "It counts the servers that have the namespace, by their signs of life.",
    options: SENDING,
    examples: ["servers --nsp /admin"],
  },
  watch: {
    usage: ["watch"],
    summary: "show each message that travels, until Ctrl-C",
    text: `Of emitters and servers alike. It needs a connection that can LISTEN: none
through a pooler in transaction mode. --nsp may be given more than once.
${ROOMS}`,
    options: ["event", "room", "heartbeats", "no-heartbeats", "json", ...SENDING],
    examples: ["watch --room order:17", "watch --event paid --json | jq .args"],
  },
  relay: {
    usage: ["relay"],
    summary: "publish what is committed in the outbox, until Ctrl-C",
    text: "Any number may run at once: one publishes, and the others stand by.",
    options: ["poll", "batch", "json", "outbox", "table", ...DATABASE],
    examples: ["relay --json"],
  },
  outbox: {
    usage: ["outbox", "outbox retry ID...|--all", "outbox drop ID...|--all"],
    summary: "show what waits in the outbox and what failed; see to it",
    text: "retry publishes after all what was set aside; drop removes it.",
    options: ["all", "json", "outbox", "table", ...DATABASE],
    examples: ["outbox", "outbox retry 17 18"],
  },
  completion: {
    usage: ["completion bash|zsh|fish"],
    summary: "print what makes your shell complete commands and options",
    text: "It completes commands and options by the name of the program, not after npx.",
    options: [],
    examples: [
      "source <(NAME completion bash)  # in ~/.bashrc",
      "source <(NAME completion zsh)   # in ~/.zshrc",
      "NAME completion fish | source   # in config.fish",
    ],
  },
};

/** Options that every command has. */
const EVERYWHERE = ["help", "version"];

/** The options of a command. */
const optionsOf = (command) => [...COMMANDS[command].options, ...EVERYWHERE];

/** What an option is for, and its default. */
const textOf = (name) => {
  const { text, byDefault } = OPTIONS[name];
  if (byDefault === undefined) return text;
  // Loaded only for help and completion, for it is the whole addon.
  const { load } = require("../lib/native.js");
  const constants = load(() => require("../lib/constants.js"));
  return `${text}, ${constants[byDefault]} by default`;
};

module.exports = { COMMANDS, NAME, OPTIONS, optionsOf, textOf };
