// The form that adds a client.

import { byId, make, showText } from "./elements.mjs";
import { readList } from "./values.mjs";

/** `clients` gets what is added; `columns` are those of the servers. */
export function startAddForm({ clients, columns, namespaces }) {
  const form = byId("add-form");
  const { elements } = form;
  const note = byId("add-error");
  elements.server.append(
    ...columns.map(({ name }, index) => make("option", { value: index }, name)),
  );
  elements.nsp.append(...namespaces.map((nsp) => make("option", {}, nsp)));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = elements.name.value.trim();
    try {
      if (name === "" || clients.has(name)) {
        throw new Error(name ? `there is a client ${name} already` : "a client needs a name");
      }
      const rooms = readList(elements.rooms.value);
      if (!rooms.every((room) => ["string", "number"].includes(typeof room))) {
        throw new Error("a room is a string or a number");
      }
      const { server, nsp } = elements;
      clients.add(name, { server: Number(server.value), nsp: nsp.value, rooms });
      elements.name.value = "";
      showText(note);
    } catch (error) {
      showText(note, error.message);
    }
  });
}
