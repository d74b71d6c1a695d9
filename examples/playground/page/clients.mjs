// The page's clients: each a true client of one of the servers.

import { io } from "/socket.io.esm.min.js";
import { createClientBox } from "./client-box.mjs";
import { Rooms } from "./rooms.mjs";

const OPTIONS = {
  // A connection for each client, as if each had a browser of its own.
  forceNew: true,
  transports: ["websocket"],
  // To be disconnected is something to be seen here.
  reconnection: false,
};

export class Clients {
  #members = new Map();
  #rooms = new Rooms();
  #columns;
  #onchange;

  /** `columns` are those of the servers; `onchange` is called when rooms or connections change. */
  constructor(columns, onchange) {
    this.#columns = columns;
    this.#onchange = onchange;
  }

  has(name) {
    return this.#members.has(name);
  }

  /** Adds one; with `sameConnectionAs`, on the connection of another. */
  add(name, { server, nsp, rooms, sameConnectionAs }) {
    const auth = { name, rooms };
    const manager = this.#members.get(sameConnectionAs)?.socket.io;
    const socket = manager
      ? manager.socket(nsp, { auth })
      : io(this.#columns[server].url + nsp, { ...OPTIONS, auth });
    const view = createClientBox({
      name,
      nsp,
      connection: sameConnectionAs,
      onreconnect: () => {
        view.showStatus("connecting");
        socket.connect();
      },
      onremove: () => {
        this.#members.delete(name);
        socket.disconnect();
        view.box.remove();
      },
    });
    const member = { socket, nsp, view };
    this.#members.set(name, member);
    this.#columns[server].addClient(view.box);
    view.showStatus("connecting");

    socket.onAny((event, ...args) => {
      const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
      view.log.add(event, args);
      if (view.answers()) {
        answer?.(name);
      }
    });
    socket.on("connect", () => {
      view.showStatus("connected");
      this.#show(member);
    });
    socket.on("disconnect", (reason) => {
      view.showStatus("disconnected");
      view.log.note("disconnected", reason);
      this.#show(member);
    });
    socket.on("connect_error", ({ message }) => {
      view.showStatus("disconnected");
      view.log.note("not connected", message);
    });
  }

  /** A socket has joined a room: perhaps one of these. */
  join(change) {
    this.#rooms.join(change);
    this.#showSocket(change);
  }

  /** A socket has left a room. */
  leave(change) {
    this.#rooms.leave(change);
    this.#showSocket(change);
  }

  /** Marks the clients that a call with these targets reaches; without targets, none. */
  showReach(targets) {
    for (const { socket, nsp, view } of this.#members.values()) {
      const isIn = (rooms) =>
        rooms.some((room) => room === socket.id || this.#rooms.of(nsp, socket.id).includes(room));
      view.showReach(
        targets !== undefined &&
          socket.connected &&
          nsp === targets.nsp &&
          (targets.to.length === 0 || isIn(targets.to)) &&
          !isIn(targets.except),
      );
    }
  }

  #showSocket({ nsp, id }) {
    for (const member of this.#members.values()) {
      if (member.nsp === nsp && member.socket.id === id) {
        this.#show(member);
      }
    }
  }

  #show({ socket, nsp, view }) {
    view.showRooms(socket.connected ? this.#rooms.of(nsp, socket.id) : []);
    this.#onchange();
  }
}
