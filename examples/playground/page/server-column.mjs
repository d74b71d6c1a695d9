// A server, as a column: the events it gets itself, and the clients that hang on it.

import { make } from "./elements.mjs";
import { createEventLog } from "./event-log.mjs";

export function createServerColumn({ url, port }, index, adapter) {
  const name = `server ${index + 1}`;
  const head = make("div", { class: "head" });
  const clients = make("div", { class: "clients" });
  const log = createEventLog(name, head);
  head.append(
    make("h3", {}, name),
    make("p", {}, `port ${port}, adapter ${adapter}`),
    log.counter,
    log.list,
  );
  return {
    url,
    name,
    column: make("section", { class: "server", "aria-label": name }, head, clients),
    addClient: (box) => clients.append(box),
    receive: ({ nsp, event, args }) => log.add(event, args, nsp === "/" ? undefined : nsp),
  };
}
