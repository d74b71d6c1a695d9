// A client, as a box: who it is, its rooms, and what it received.

import { make } from "./elements.mjs";
import { createEventLog } from "./event-log.mjs";
import { makeChip } from "./rooms.mjs";

/** `onreconnect` and `onremove` are called when their buttons are pressed. */
export function createClientBox({ name, nsp, connection, onreconnect, onremove }) {
  const box = make("article", { class: "client", "aria-label": `client ${name}` });
  const status = make("span", { class: "status" });
  const chips = make("ul", { class: "chips", "aria-label": `Rooms of ${name}` });
  const reconnect = make(
    "button",
    { type: "button", onclick: onreconnect, "aria-label": `Reconnect ${name}`, hidden: true },
    "Reconnect",
  );
  const remove = make(
    "button",
    { type: "button", class: "quiet", onclick: onremove, "aria-label": `Remove ${name}` },
    "×",
  );
  const answers = make("input", {
    type: "checkbox",
    checked: true,
    "aria-label": `${name} answers`,
  });
  const log = createEventLog(name, box);
  box.append(
    make("header", {}, make("h4", {}, name), make("code", {}, nsp), status, remove),
    make(
      "div",
      { class: "row" },
      reconnect,
      chips,
      log.counter,
      make("label", { class: "check" }, answers, "answers"),
    ),
    log.list,
  );
  if (connection) {
    box.querySelector("h4").title = `on the connection of ${connection}`;
  }

  return {
    box,
    log,
    answers: () => answers.checked,
    showRooms(rooms) {
      chips.replaceChildren(...rooms.map(makeChip));
    },
    showStatus(text) {
      status.textContent = text;
      box.dataset.status = text;
      reconnect.hidden = text !== "disconnected";
    },
    /** Whether the call in the form would reach this client. */
    showReach(reached) {
      box.classList.toggle("reached", reached);
    },
  };
}
