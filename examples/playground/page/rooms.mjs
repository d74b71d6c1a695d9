// Rooms: who is in which, as the servers tell, and how they look.

import { make } from "./elements.mjs";
import { show } from "./values.mjs";

const COLOURS = 8;

/** The rooms of every socket, kept up to date by the servers' adapters. */
export class Rooms {
  #bySocket = new Map();

  /** The rooms of a socket, without the one that each socket has for itself. */
  of(nsp, id) {
    return [...(this.#bySocket.get(`${nsp} ${id}`) ?? [])].filter((room) => room !== id);
  }

  join({ nsp, id, room }) {
    const key = `${nsp} ${id}`;
    this.#bySocket.set(key, (this.#bySocket.get(key) ?? new Set()).add(room));
  }

  leave({ nsp, id, room }) {
    const key = `${nsp} ${id}`;
    const rooms = this.#bySocket.get(key);
    rooms?.delete(room);
    if (rooms?.size === 0) {
      this.#bySocket.delete(key);
    }
  }
}

/** A room's name: a string as it is, unless it could be taken for the number. */
export const nameOf = (room) =>
  typeof room === "string" && room.trim() !== "" && Number.isNaN(Number(room)) ? room : show(room);

/** The same name has the same colour everywhere. */
function colourOf(room) {
  let sum = 0;
  for (const character of String(room)) {
    sum = (sum * 31 + character.codePointAt(0)) % 65_521;
  }
  return sum % COLOURS;
}

export const makeChip = (room) =>
  make("li", { class: `chip colour-${colourOf(room)}` }, nameOf(room));
