// What a client received, and how to know that it will receive no more of it.

import { NEVER_MS } from "../../tools/limits.mjs";

let fences = 0;

/** Collects `[event, ...args]` of everything that `source` reports through `subscribe`. */
function collect(subscribe, name) {
  const events = [];
  const waiting = new Set();
  subscribe((...event) => {
    events.push(event);
    for (const wake of waiting) {
      wake();
    }
  });
  return {
    /** Everything since the last `take`. */
    take: () => events.splice(0),
    /** The first event called `wanted`, waited for when it is not there yet. */
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(([event]) => event === wanted);
          if (found) {
            waiting.delete(look);
            clearTimeout(timer);
            resolve(found);
          }
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const got = JSON.stringify(events).slice(0, 500);
          reject(new Error(`${name} never received "${wanted}", but ${got}`));
        }, NEVER_MS);
        waiting.add(look);
        look();
      }),
  };
}

/** The inbox of a connected client. */
export function inbox(socket, name = "client") {
  return { socket, ...collect((report) => socket.onAny(report), name) };
}

/** The server-side events `names` of one server's namespace. */
export function serverInbox(namespace, names, name = "server") {
  return collect((report) => {
    for (const event of names) {
      namespace.on(event, (...args) => report(event, ...args));
    }
  }, name);
}

/**
 * Emits one more event to every inbox and waits for it there: what was sent before it on the same
 * connection has arrived by then, or never will. Gives back what each inbox received.
 */
export async function fence(emitter, inboxes) {
  const event = `fence-${++fences}`;
  await Promise.all([emitter.emit(event), ...inboxes.map((box) => box.until(event))]);
  return inboxes.map((box) => box.take().filter(([name]) => name !== event));
}
