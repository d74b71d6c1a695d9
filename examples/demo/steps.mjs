// The calls that the demo shows, and who must receive what. Nobody else may receive anything.
//
//   call      the call on the emitter
//   to        who receives the emitted event
//   receive   who receives what, where `to` does not say it
//   flags     the flags that the message carries to the servers
//   table     whether the message goes through the attachment table
//   error     the code of the error that the call rejects with
//   publishes how many messages the call sends, where it is none of the five that send one
//   check     a further check, of the world and the call's result: returns what is wrong, or nothing
//   before    what has to happen first

const everybody = ["ann", "ben", "cleo"];
const bytes = Buffer.from("89504e470d0a1a0a", "hex");
const long = "long ".repeat(4_000);

const connections = async ({ emitterBackends }, wanted) => {
  const found = (await emitterBackends()).length;
  return found === wanted ? undefined : `${found} connections of the emitter, not ${wanted}`;
};

const tableExists = async ({ pool }) => {
  const { rows } = await pool.query("SELECT to_regclass('socket_io_attachments') AS name");
  return rows[0].name ? undefined : "there is no table";
};

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
        check: tableExists,
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
      // Both servers have somebody in `news`: see `fence` in run.mjs.
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
