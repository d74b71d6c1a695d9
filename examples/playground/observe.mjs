// What happens in the servers, told as it happens: rooms, and the events that servers get.

/** Reports each server-side event, whatever its name; `io.on()` would need to know it before. */
function watchServerSideEvents(nsp, report) {
  const deliver = nsp._onServerSideEmit;
  nsp._onServerSideEmit = function (event) {
    const args = [...event];
    const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
    report(args, answer);
    deliver.call(this, event);
  };
}

/** Calls `tell(name, details)` with "join" and "leave" of rooms, and "server event". */
export function observe(servers, namespaces, tell) {
  servers.forEach(({ io }, server) => {
    for (const name of namespaces) {
      const nsp = io.of(name);
      // https://socket.io/docs/v4/rooms/#room-events
      nsp.adapter.on("join-room", (room, id) => tell("join", { nsp: name, id, room }));
      nsp.adapter.on("leave-room", (room, id) => tell("leave", { nsp: name, id, room }));
      watchServerSideEvents(nsp, ([event, ...args], answer) => {
        tell("server event", { server, nsp: name, event, args });
        // An event with a callback is answered with the server's name, as by the demo's clients.
        answer?.(`server ${server + 1}`);
      });
    }
  });
}
