"use strict";

const { Emitter } = require("../index.js");
const { LONGEST_MILLIS, defaults } = require("../lib/options.js");
const { printAnswers } = require("./acknowledgements.js");
const { connectionOf } = require("./address.js");
const { printServers, printSockets } = require("./ask.js");
const { sendInput } = require("./input.js");
const { UsageError, readArgument, readNumber, readRooms, readTable } = require("./usage.js");

const STANDARD_INPUT = "-";

/** The event of a line that is a whole one. */
const wholeEvent = (value) => {
  if (Array.isArray(value) && typeof value[0] === "string") return value;
  throw new Error('not an event: expected ["event", ...arguments]');
};

/**
 * An event from the arguments, or one for each line of standard input.
 *
 * @param {(...packet: unknown[]) => Promise<void>} emit
 */
const sendEvents = (args, emit) => {
  const [event, ...rest] = args;
  if (event === undefined) throw new UsageError("an event's name is missing");
  if (event === STANDARD_INPUT) {
    if (rest.length > 0) throw new UsageError("after - there are no arguments");
    return () => sendInput((value) => emit(...wholeEvent(value)));
  }
  if (!rest.includes(STANDARD_INPUT)) return () => emit(event, ...rest.map(readArgument));
  if (rest.length > 1) throw new UsageError("- takes the place of all arguments");
  return () => sendInput((value) => emit(event, value));
};

/**
 * The events of `sendEvents`, or with `--ack` one event and the answers to it.
 *
 * @param {{ plain: Function, asking: (millis?: number) => Function }} emit
 */
const eventsOf = (args, { ack, timeout }, { plain, asking }) => {
  const millis = readNumber("timeout", timeout, LONGEST_MILLIS);
  if (!ack && millis !== undefined) throw new UsageError("--timeout goes with --ack");
  if (!ack) return sendEvents(args, plain);
  if (args.includes(STANDARD_INPUT)) throw new UsageError("--ack goes with one event, not with -");
  const call = sendEvents(args, asking(millis));
  return () => printAnswers(call);
};

const roomsOf = (args) => {
  if (args.length === 0) throw new UsageError("a room is missing");
  return readRooms(args);
};

const nothing = (args) => {
  if (args.length > 0) throw new UsageError(`"${args[0]}" is one argument too many`);
};

/** What a command does, as a function: so that everything typed is read before anything is sent. */
const callOf = (command, args, io, options) => {
  const { to = [], except = [], volatile, close } = options;
  const all = io.to(...readRooms(to)).except(...readRooms(except));
  const target = volatile ? all.volatile : all;
  switch (command) {
    case "emit":
      return eventsOf(args, options, {
        plain: (...packet) => target.emit(...packet),
        asking: (millis = defaults.requestTimeoutMillis) => {
          const asked = target.timeout(millis);
          return (...packet) => asked.emitWithAck(...packet);
        },
      });
    case "server-side-emit":
      return eventsOf(args, options, {
        plain: (...packet) => io.serverSideEmit(...packet),
        asking: (millis = defaults.requestTimeoutMillis) => {
          const asked = io.timeout(millis);
          return (...packet) => asked.serverSideEmitWithAck(...packet);
        },
      });
    case "join": {
      const rooms = roomsOf(args);
      return () => target.socketsJoin(...rooms);
    }
    case "leave": {
      const rooms = roomsOf(args);
      return () => target.socketsLeave(...rooms);
    }
    case "disconnect":
      nothing(args);
      return () => target.disconnectSockets(close ?? false);
    case "sockets":
      nothing(args);
      return () => printSockets(target, options);
    case "servers":
      nothing(args);
      return () => printServers(io);
  }
};

/** Runs one of the commands that send, also one that asks for answers. */
const send = async ({ command, args, options }) => {
  const { nsp = ["/"], prefix, table } = options;
  if (nsp.length > 1) throw new UsageError("--nsp is given more than once");
  const io = new Emitter(connectionOf(options), nsp[0], {
    channelPrefix: prefix,
    tableName: readTable("table", table),
  });
  const call = callOf(command, args, io, options);
  try {
    // A wrong setting shows at once, and is not waited for.
    await io.connect();
    await call();
  } finally {
    await io.close();
  }
};

module.exports = { send };
