// A process that owns one PostgreSQL server and its files. It lives as long as the IPC channel to
// its parent: however the parent ends, also by Ctrl-C, a crash or SIGKILL, the server is stopped and
// its files are removed. Meanwhile it does what the parent asks, one thing after the other.

import { once } from "node:events";
import { PostgresProcess } from "./postgres-process.mjs";

// A parent that dies while it is told something raises an error, which would end this process, and
// leave the server behind. With a callback it goes there.
const tell = (message) => process.connected && process.send(message, () => {});
const server = new PostgresProcess(JSON.parse(process.argv[2]), (log) => tell({ log }));

const TASKS = {
  start: () => server.start(),
  halt: () => server.end("SIGINT"),
  crash: () => server.end("SIGQUIT"),
};

// The signals of a terminal are for the parent; what it does decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {});
}

const parentGone = once(process, "disconnect");
let isEnding = false;
let work = server.create().then(
  (ready) => tell({ ready }),
  (error) => isEnding || tell({ error: error.message }),
);
process.on("message", ({ id, task }) => {
  work = work.then(TASKS[task]).then(
    () => tell({ done: id }),
    (error) => tell({ done: id, error: error.message }),
  );
});
await parentGone;
isEnding = true;
// While it still starts, ending the program it runs makes the work settle.
await server.remove();
await work;
await server.remove();
process.exit(0);
