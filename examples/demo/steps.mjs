// The calls that the demo shows, and which clients must receive what. No other client may receive anything.
//
//   call      the call on the emitter
//   act       something else that the emitter's process does, written as `code`
//   to        who receives the emitted event
//   receive   who receives what, where `to` does not say it
//   flags     the flags that the message carries to the servers
//   table     whether the message goes through the attachment table
//   error     the code of the error that the call rejects with
//   publishes how many messages the call sends, where it is none of the five that send one
//   check     a further check, of the world and the call's result: returns what is wrong, or nothing
//   before    what has to happen first
//
// Longer than 300 lines: the steps of the demo, one after the other, are data.

import { codeWithin } from "./screen.mjs";

const everybody = ["ann", "ben", "cleo"];
const bytes = Buffer.from("89504e470d0a1a0a", "hex");
const long = "long ".repeat(4_000);

const connections = async ({ emitterBackends }, wanted) => {
  const found = (await emitterBackends()).length;
  return found === wanted ? undefined : `${found} connections of the emitter, not ${wanted}`;
};

const tableExists = async ({ pool }, table) => {
  const { rows } = await pool.query("SELECT to_regclass($1) AS name", [table]);
  return rows[0].name ? undefined : "there is no table";
};

const TRANSACTION = "the demo's";

/** An event within a transaction that it begins: no client may receive it before the commit. */
const emitWithin = (...event) => {
  const steps = [
    ["to", "news"],
    ["emit", ...event],
  ];
  return {
    code: `client.query("BEGIN"), then ${codeWithin(steps)}`,
    act: async (emitter) => {
      const begun = await emitter.begin(TRANSACTION);
      return begun.error ? begun : emitter.within(TRANSACTION, steps);
    },
    says: "nobody received anything yet",
  };
};

const endWith = (how, more) => ({
  code: `client.query("${how}")`,
  act: (emitter) => emitter.end(TRANSACTION, how),
  ...more,
});

/** What the relay has published by then, and whether anything is left. */
const published =
  (wanted) =>
  (_, { command, relay }) =>
    relay.published === wanted && relay.waiting + relay.failed === 0
      ? undefined
      : `after ${command} the relay has published ${relay.published}, and ${relay.waiting} wait`;

const BURST = { event: "tick", count: 100 };

const disconnected = ["disconnect", "io server disconnect"];

export const chapters = [
  {
    title: "Getting ready",
    steps: [
      {
        call: [["connect"]],
        before: async (world) => {
          const problem = await connections(world, 0);
          if (problem) {
            throw new Error(`before connect(): ${problem}`);
          }
        },
        says: "one connection, where there was none",
        check: (world) => connections(world, 1),
      },
      {
        call: [["ensureTable"]],
        says: "the attachment table is there",
        check: (world) => tableExists(world, "socket_io_attachments"),
      },
    ],
  },
  {
    title: "Events, and whom they reach",
    steps: [
      { call: [["emit", "hello", "everybody", { n: 1 }]], to: everybody },
      {
        call: [
          ["to", "news"],
          ["emit", "headline", "it works"],
        ],
        to: ["ann", "ben"],
      },
      {
        call: [
          ["in", "sport", 42],
          ["emit", "score", [3, 2]],
        ],
        to: ["ben", "cleo"],
      },
      {
        call: [
          ["except", "news"],
          ["emit", "quiet"],
        ],
        to: ["cleo"],
      },
      {
        call: [
          ["to", "news"],
          ["except", "sport"],
          ["emit", "only", "ann"],
        ],
        to: ["ann"],
      },
      {
        call: [
          ["to", "nobody-is-here"],
          ["emit", "echo"],
        ],
        to: [],
      },
      {
        call: [
          ["of", "/admin"],
          ["emit", "audit", null],
        ],
        to: ["cleo@admin"],
      },
      {
        call: [
          ["of", "admin"],
          ["to", "staff"],
          ["emit", "shift", true],
        ],
        to: ["cleo@admin"],
      },
    ],
  },
  {
    title: "How they are sent",
    steps: [
      {
        call: [["volatile"], ["emit", "position", { x: 1, y: 2 }]],
        before: ({ audience }) => audience.writable(),
        to: everybody,
        flags: { volatile: true },
      },
      {
        call: [
          ["compress", false],
          ["to", "sport"],
          ["emit", "jpeg", "already small"],
        ],
        to: ["ben", "cleo"],
        flags: { compress: false },
      },
      // Both servers have a client in `news`: see `fence` in run.mjs.
      {
        call: [
          ["to", "news"],
          ["emit", "bytes", bytes],
        ],
        to: ["ann", "ben"],
        table: true,
      },
      {
        call: [
          ["to", "news"],
          ["emit", "book", long],
        ],
        to: ["ann", "ben"],
        table: true,
      },
    ],
  },
  {
    title: "Rooms, from outside",
    steps: [
      {
        call: [
          ["in", "news"],
          ["socketsJoin", "vip"],
        ],
        to: [],
      },
      {
        call: [
          ["to", "vip"],
          ["emit", "welcome"],
        ],
        to: ["ann", "ben"],
      },
      {
        call: [
          ["in", "sport"],
          ["socketsLeave", "vip"],
        ],
        to: [],
      },
      {
        call: [
          ["to", "vip"],
          ["emit", "still here?"],
        ],
        to: ["ann"],
      },
    ],
  },
  {
    title: "To the servers",
    steps: [
      {
        call: [["serverSideEmit", "reload", "prices"]],
        receive: { "server 1": ["reload", "prices"], "server 2": ["reload", "prices"] },
      },
    ],
  },
  {
    title: "Answers",
    steps: [
      {
        call: [["serverCount"]],
        publishes: 1,
        says: "two servers",
        check: (_, count) => (count === 2 ? undefined : `${count} servers`),
      },
      {
        call: [["in", "news"], ["fetchSockets"]],
        publishes: 1,
        says: "two sockets, with their rooms",
        check: (_, sockets) =>
          sockets.every(({ rooms }) => rooms.has("news")) && sockets.length === 2
            ? undefined
            : `${sockets.length} sockets`,
      },
      {
        call: [
          ["to", "news"],
          ["emitWithAck", "are you there?"],
        ],
        to: ["ann", "ben"],
        publishes: 1,
        says: "both have answered",
        check: (_, answers) =>
          answers.sort().join() === "ann,ben" ? undefined : `the answers are ${answers}`,
      },
    ],
  },
  {
    title: "In a transaction",
    steps: [
      {
        call: [["ensureOutbox"]],
        says: "the outbox is there",
        check: (world) => tableExists(world, "socket_io_outbox"),
      },
      {
        code: "const relay = emitter.relay()",
        act: (emitter) => emitter.startRelay(),
        says: "it publishes what is committed",
      },
      emitWithin("paid", 17),
      endWith("ROLLBACK", {
        says: "nobody received anything, and nothing is left",
        check: published(0),
      }),
      emitWithin("paid", 18),
      endWith("COMMIT", {
        receive: { ann: ["paid", 18], ben: ["paid", 18] },
        publishes: 1,
        says: "the relay has published it",
        check: published(1),
      }),
      {
        code: "relay.close()",
        act: (emitter) => emitter.closeRelay(),
        says: "it is closed",
        check: async ({ emitter }) => {
          const { result } = await emitter.relayState();
          return result === "closed" ? undefined : `the relay is ${result}`;
        },
      },
    ],
  },
  {
    title: "Refused, before anything is sent",
    steps: [
      { call: [["emit", "connect"]], error: "ERR_RESERVED_EVENT" },
      { call: [["emit", "money", 10n]], error: "ERR_NOT_SERIALIZABLE" },
    ],
  },
  {
    title: "Many at once",
    steps: [{ burst: BURST, to: everybody }],
  },
  {
    title: "Disconnecting",
    steps: [
      {
        call: [["of", "/admin"], ["disconnectSockets"]],
        receive: { "cleo@admin": disconnected },
        says: "only from the namespace: cleo is still connected",
        check: ({ audience }) => (audience.isConnected("cleo") ? undefined : "cleo is gone too"),
      },
      {
        call: [
          ["in", "sport"],
          ["disconnectSockets", true],
        ],
        before: ({ audience }) => audience.reconnect("cleo@admin"),
        receive: { ben: disconnected, cleo: disconnected, "cleo@admin": disconnected },
        says: "the whole connection, with every namespace on it",
      },
    ],
  },
  {
    title: "The end",
    steps: [
      {
        call: [["close"]],
        says: "the connection is gone",
        closes: true,
        check: ({ backendsGone }) => backendsGone(),
      },
      { call: [["emit", "too late"]], closes: true, error: "ERR_CLOSED" },
      { call: [["asyncDispose"]], closes: true, says: "closing twice is fine" },
    ],
  },
];
