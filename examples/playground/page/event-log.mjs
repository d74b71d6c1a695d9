// The events that clients received, newest first.

import { make, pulse } from "./elements.mjs";
import { show } from "./values.mjs";

const SHOWN = 40;

/**
 * A log of `who`, which lights up `box` with each event. Of a burst it draws once a frame, and no
 * more lines than are kept.
 */
export function createEventLog(who, box) {
  const list = make("ol", { class: "log", tabindex: "0", "aria-label": `Events of ${who}` });
  const counter = make("span", { class: "count" }, "0 events");
  let count = 0;
  let waiting = [];

  function draw() {
    const lines = waiting.map(({ kind, what, event, args }) =>
      make(
        "li",
        { class: kind },
        ...(what ? [make("i", {}, what), " "] : []),
        make("b", {}, event),
        args.length > 0 ? ` ${args.map(show).join(", ")}` : "",
      ),
    );
    waiting = [];
    list.prepend(...lines.reverse());
    while (list.childElementCount > SHOWN) {
      list.lastElementChild.remove();
    }
    counter.textContent = count === 1 ? "1 event" : `${count} events`;
    pulse(box);
  }

  function put(line) {
    if (waiting.length === 0) {
      requestAnimationFrame(draw);
    }
    waiting.push(line);
    // A page in the background draws no frame, and may receive for hours.
    if (waiting.length > SHOWN) {
      waiting.shift();
    }
  }

  return {
    list,
    counter,
    /** An event; `what` is said before it, such as the namespace. */
    add(event, args, what) {
      count++;
      put({ kind: "event", what, event, args });
    },
    /** Something else that happened, such as a lost connection. */
    note(event, ...args) {
      put({ kind: "note", event, args });
    },
  };
}
