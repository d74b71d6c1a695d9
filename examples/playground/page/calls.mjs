// The calls that the page offers. The playground's process reads this file, too, and makes no other.
//
//   group    under which heading the page has it
//   targets  what can come before it, beside `of`; "to" stands for `to` and `in`
//   fields   what the form asks for
//   says     what it does

export const MAX_BURST = 10_000;

const SENDING = ["to", "except", "volatile", "compress"];

export const CALLS = {
  emit: {
    group: "Events",
    targets: SENDING,
    fields: ["event", "args"],
    says: "Sends an event to clients.",
  },
  emitWithAck: {
    group: "Events",
    targets: [...SENDING, "timeout"],
    fields: ["event", "args"],
    says: "Sends an event, and collects the answers: here, names.",
  },
  socketsJoin: {
    group: "Sockets",
    targets: ["to", "except"],
    fields: ["rooms"],
    says: "Makes sockets join rooms.",
  },
  socketsLeave: {
    group: "Sockets",
    targets: ["to", "except"],
    fields: ["rooms"],
    says: "Makes sockets leave rooms.",
  },
  disconnectSockets: {
    group: "Sockets",
    targets: ["to", "except"],
    fields: ["close"],
    says: "Disconnects sockets from the namespace, or closes their connections.",
  },
  fetchSockets: {
    group: "Sockets",
    targets: ["to", "except", "timeout"],
    fields: [],
    says: "Fetches the sockets of all servers.",
  },
  serverSideEmit: {
    group: "Servers",
    targets: [],
    fields: ["event", "args"],
    says: "Sends an event to the servers.",
  },
  serverSideEmitWithAck: {
    group: "Servers",
    targets: ["timeout"],
    fields: ["event", "args"],
    says: "Sends an event to the servers, and collects one answer of each.",
  },
  serverCount: {
    group: "Servers",
    targets: [],
    fields: [],
    says: "Tells how many servers there are, by their signs of life.",
  },
  connect: {
    group: "Connection",
    targets: [],
    fields: [],
    says: "Connects now, if it is not connected.",
  },
  ensureTable: {
    group: "Connection",
    targets: [],
    fields: [],
    says: "Creates the attachment table, if it is not there.",
  },
  queueUsage: {
    group: "Connection",
    targets: [],
    fields: [],
    says: "Tells how full PostgreSQL's notification queue is, from 0 to 1.",
  },
  flush: {
    group: "Connection",
    targets: [],
    fields: [],
    says: "Waits until what is in flight is settled.",
  },
};

/** Those that the outbox can hold: so they can be made within a transaction. */
export const WITHIN = new Set([
  "emit",
  "socketsJoin",
  "socketsLeave",
  "disconnectSockets",
  "serverSideEmit",
]);

/** Not one call, but many: what the page makes of it is `emit`, again and again. */
export const BURST = {
  group: "Events",
  targets: SENDING,
  fields: ["event", "count"],
  says: "Emits many events without awaiting one, then waits for all of them.",
};
