// Everyone who can receive something: three clients, one of them in two namespaces, and the two
// servers. Each receipt is reported as it happens, and kept to be compared.

import { EventEmitter, once } from "node:events";

const FENCE = "fence";
const SERVER_EVENT = "reload";
export const TIMEOUT_MS = 5_000;

export const MEMBERS = {
  ann: { server: 0, nsp: "/", rooms: ["news"] },
  ben: { server: 1, nsp: "/", rooms: ["news", "sport"] },
  cleo: { server: 1, nsp: "/", rooms: ["sport", 42] },
  "cleo@admin": { sameConnectionAs: "cleo", server: 1, nsp: "/admin", rooms: ["staff"] },
};
export const NAMESPACES = ["/", "/admin"];

/** Connects everyone. `onReceive(name, event)` is called for each event, an array. */
export async function gatherAudience(cluster, onReceive) {
  const sockets = new Map();
  const changes = new EventEmitter().setMaxListeners(0);
  let received = {};

  const receive = (name, event) => {
    received[name] = [...(received[name] ?? []), event];
    onReceive(name, event);
    changes.emit("change");
  };

  for (const [name, { sameConnectionAs, server, nsp, rooms }] of Object.entries(MEMBERS)) {
    const manager = sockets.get(sameConnectionAs)?.io;
    const socket = manager
      ? manager.socket(nsp, { auth: { rooms } })
      : await cluster.connect(server, nsp, { rooms });
    socket.fence = 0;
    socket.onAny((...event) => {
      // An event with a callback is answered with the client's name.
      if (typeof event.at(-1) === "function") {
        event.pop()(name);
      }
      if (event[0] === FENCE) {
        socket.fence = event[1];
        changes.emit("change");
      } else {
        receive(name, event);
      }
    });
    socket.on("disconnect", (reason) => {
      // "io client disconnect" is this process itself, at its end.
      if (reason !== "io client disconnect") {
        receive(name, ["disconnect", reason]);
      }
    });
    sockets.set(name, socket);
    if (!socket.connected) {
      await once(socket, "connect");
    }
  }
  cluster.servers.forEach(({ io }, index) => {
    io.on(SERVER_EVENT, (...args) => receive(`server ${index + 1}`, [SERVER_EVENT, ...args]));
  });

  /** Resolves with whether `condition` came true in time. */
  async function until(condition) {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    while (!condition()) {
      try {
        await once(changes, "change", { signal });
      } catch {
        return false;
      }
    }
    return true;
  }

  return {
    until,
    /** What came since the last call, by name. */
    take() {
      const taken = received;
      received = {};
      return taken;
    },
    /** How many events `name` has received since the last `take()`. */
    count: (name) => received[name]?.length ?? 0,
    /** Whether fence `number` has come to everyone who is still connected. */
    isFenced: (number) =>
      [...sockets.values()].every((socket) => !socket.connected || socket.fence >= number),
    isConnected: (name) => sockets.get(name).connected,
    async reconnect(name) {
      const socket = sockets.get(name);
      socket.connect();
      await once(socket, "connect");
    },
    /** Waits until the servers can write to everyone at once: only then is a volatile event certain. */
    async writable() {
      for (const [name, { id }] of sockets) {
        const { server, nsp } = MEMBERS[name];
        const { transport } = cluster.servers[server].io.of(nsp).sockets.get(id).conn;
        while (!transport.writable) {
          await once(transport, "ready");
        }
      }
    },
  };
}
