// The page's line to this process: a Socket.IO server of its own, apart from the cluster. The page
// asks for calls of the emitter; it is told what happens in the servers.

import { Server } from "socket.io";
import { CALLS, MAX_BURST, WITHIN } from "./page/calls.mjs";

/** Only the calls that the page offers, each with what can come before it. */
function isKnown(steps) {
  if (!Array.isArray(steps) || !steps.every(Array.isArray)) {
    return false;
  }
  const names = steps.map(([name]) => name);
  const call = names.pop();
  if (names[0] === "of") {
    names.shift();
  }
  return (
    typeof call === "string" &&
    Object.hasOwn(CALLS, call) &&
    names.every((name) => CALLS[call].targets.includes(name === "in" ? "to" : name))
  );
}

const isBurst = (steps, count) =>
  isKnown(steps) &&
  steps.at(-1)[0] === "emit" &&
  Number.isInteger(count) &&
  count >= 1 &&
  count <= MAX_BURST;

const isWithin = (steps) => isKnown(steps) && WITHIN.has(steps.at(-1)[0]);

const unknownCall = { code: "REFUSED", message: "the playground does not know this call" };

/** Of a socket, what fits into a line. */
const summary = ({ id, rooms, handshake }) => ({
  name: handshake.auth.name,
  id,
  rooms: [...rooms].filter((room) => room !== id),
});

/** `about` is told to each page first. */
export async function startControl({ web, emitter, about }) {
  const io = new Server(web.server, {
    allowRequest: web.allowRequest,
    serveClient: false,
    // Every browser says the page's origin with these, but not with every HTTP request.
    transports: ["websocket"],
  });

  const ended = { state: "process ended", relay: { state: "process ended" } };
  emitter.exited.then(() => io.emit("emitter", ended));

  // What the relay said last: its counts come from the server, which may be away.
  let counts = { published: 0, waiting: 0 };
  const status = async () => {
    try {
      const [state, stats, relay] = await Promise.all([
        emitter.call([["state"]]),
        emitter.call([["stats"]]),
        emitter.relayState(),
      ]);
      return {
        state: state.result,
        stats: stats.result,
        relay: { state: relay.result, ...counts },
      };
    } catch {
      return ended;
    }
  };
  const tellStatus = async () => io.emit("emitter", await status());

  async function perform(known, request) {
    if (!known) {
      return { error: unknownCall };
    }
    try {
      const reply = await request();
      counts = reply.result?.relay ?? counts;
      await tellStatus();
      return reply;
    } catch ({ message }) {
      return { error: { code: "NO_EMITTER", message } };
    }
  }

  io.on("connection", async (page) => {
    page.on("call", async (steps, answer) => {
      const reply = await perform(isKnown(steps), () => emitter.call(steps));
      if (reply.result && steps.at(-1)[0] === "fetchSockets") {
        reply.result = reply.result.map(summary);
      }
      answer?.(reply);
    });
    page.on("burst", async (steps, count, answer) => {
      const reply = await perform(isBurst(steps, count), () => {
        const [, event] = steps.at(-1);
        return emitter.burst(steps.slice(0, -1), event, count);
      });
      answer?.(reply);
    });
    page.on("begin", async (answer) => {
      answer?.(await perform(true, () => emitter.begin(page.id)));
    });
    page.on("within", async (steps, answer) => {
      answer?.(await perform(isWithin(steps), () => emitter.within(page.id, steps)));
    });
    page.on("end", async (how, answer) => {
      answer?.(await perform(true, () => emitter.end(page.id, how)));
    });
    // One that it left open; without any, this is refused.
    page.on("disconnect", () => perform(true, () => emitter.end(page.id, "ROLLBACK")));
    page.emit("world", about);
    page.emit("emitter", await status());
  });

  return {
    /** Tells every page how the emitter and its relay are. */
    tellStatus,
    /** Tells every page. */
    tell: (event, details) => io.emit(event, details),
    close: () => io.close(),
  };
}
