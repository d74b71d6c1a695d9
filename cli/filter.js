"use strict";

const { UsageError, readRooms } = require("./usage.js");

/** How a server tells that it lives: every five seconds, for as long as it does. */
const HEARTBEATS = new Set(["heartbeat", "initial-heartbeat"]);

/** The rooms that a message is sent to; and those that sockets join or leave by it. */
const roomsOf = ({ kind, rooms, args }) => {
  const joined = kind === "sockets-join" || kind === "sockets-leave" ? args : null;
  return [...(rooms ?? []), ...(joined ?? [])];
};

/**
 * Which of the received notifications `watch` shows.
 *
 * @throws {UsageError}
 * @returns {(entry: object) => boolean}
 */
const readFilter = (options) => {
  const { event: events, room, heartbeats, "no-heartbeats": noHeartbeats } = options;
  if (heartbeats && noHeartbeats) {
    throw new UsageError("--heartbeats and --no-heartbeats contradict each other");
  }
  const rooms = room && readRooms(room);
  return (entry) => {
    if (!heartbeats && HEARTBEATS.has(entry.kind)) return false;
    if (events && !events.includes(entry.event)) return false;
    return !rooms || roomsOf(entry).some((each) => rooms.includes(each));
  };
};

module.exports = { readFilter };
