"use strict";

const { invalidType, invalidValue } = require("./errors.js");

/** How deep arrays of rooms may be nested; an array that holds itself ends here. */
const MAX_DEPTH = 100;

const add = (rooms, value, depth) => {
  if (typeof value === "string") {
    rooms.add(value);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) throw invalidValue(`a room cannot be ${value}`);
    rooms.add(value);
  } else if (Array.isArray(value)) {
    if (depth === MAX_DEPTH) throw invalidValue("rooms are nested too deep");
    for (const item of value) add(rooms, item, depth + 1);
  } else {
    throw invalidType("a room", "a string, a number or an array of them", value);
  }
};

/** No room at all. */
const NO_ROOMS = Object.freeze([]);

/**
 * The rooms of `base` and those of `values`, without repeats.
 *
 * @param {ReadonlyArray<string | number>} base
 * @param {unknown[]} values
 * @returns {ReadonlyArray<string | number>}
 */
const withRooms = (base, values) => {
  // Nearly every call names one room.
  if (base === NO_ROOMS && values.length === 1 && typeof values[0] === "string") return values;
  const rooms = new Set(base);
  for (const value of values) add(rooms, value, 0);
  return [...rooms];
};

/** Rooms as a JSON array. */
const roomsToJson = (rooms) => {
  if (rooms.length === 0) return "[]";
  return rooms.length === 1 ? `[${JSON.stringify(rooms[0])}]` : JSON.stringify(rooms);
};

module.exports = { NO_ROOMS, withRooms, roomsToJson };
