"use strict";

/** Fits a screen of 80 columns and 24 lines, with one left for the prompt. */
const HELP = `Usage: socket.io-postgres-emitter-rs COMMAND [options] [arguments]

  emit EVENT [ARG...]              send an event to clients
  server-side-emit EVENT [ARG...]  send an event to the Socket.IO servers
  join ROOM..., leave ROOM...      make sockets join or leave rooms
  disconnect [--close]             disconnect sockets; or their connections
  sockets [--json]                 list sockets and their rooms
  servers                          count the Socket.IO servers
  watch [--json]                   show what travels; or a JSON object a line

ARG is JSON, or else a string. With - in its place, each line of standard input
is one JSON argument; after "emit -" each is a whole ["event", ARG...].

  --url URL      postgres://user:password@host:port/database; what it leaves
                 out say PGHOST and its like, as to psql
  --nsp NAME     namespace, "/" by default; watch takes several
  --to ROOM      only sockets in this room; several add up
  --except ROOM  no sockets in this room (a ROOM such as '[42]' is a number)
  --volatile     clients that are not ready may miss the event
  --prefix NAME  start of the channels' names, "socket.io" by default
  --table NAME   attachment table, "socket_io_attachments" by default
  --             what follows is no option; --help and --version are two more
Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

module.exports = { HELP };
