"use strict";

/** Fits a screen of 80 columns and 24 lines, with one left for the prompt. */
const HELP = `Usage: socket.io-postgres-emitter-rs COMMAND [options] [arguments]

  emit EVENT [ARG...]              send an event to clients
  server-side-emit EVENT [ARG...]  send an event to the Socket.IO servers
  join ROOM..., leave ROOM...      make sockets join or leave rooms
  disconnect [--close]             disconnect sockets; or their connections
  sockets [--json], servers        list sockets and rooms; count the servers
  watch [--json]                   show what travels; or a JSON object a line
  relay [--json]                   publish what is committed in the outbox
  outbox [retry|drop ID...|--all]  what waits there; try what failed again

ARG is JSON, or else a string. With - in its place, each line of standard input
is one JSON argument; after "emit -" each is a whole ["event", ARG...].

  --url URL      postgres://user:password@host:port/database; else PGHOST etc.
  --nsp NAME     namespace, "/" by default; watch takes several
  --to ROOM      only sockets in this room; several add up
  --except ROOM  no sockets in this room (a ROOM such as '[42]' is a number)
  --volatile     clients that are not ready may miss the event
  --prefix NAME  start of the channels' names; --table NAME, attachment table
  --outbox NAME  outbox; relay also takes --poll MILLIS (40), --batch N (2048)
  --             what follows is no option; --help and --version are two more
Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

module.exports = { HELP };
