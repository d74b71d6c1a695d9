// The playground: `npm run playground`. The demo's database, servers and emitter, with a page whose
// clients are in the browser.

import { parseArgs } from "node:util";
import { endWorld } from "../demo/endings.mjs";
import { print } from "../demo/screen.mjs";
import { buildWorld } from "./world.mjs";

const USAGE = "usage: npm run playground [-- --port N]";

/** The port that is asked for; 0 means any that is free. */
function readPort() {
  try {
    const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
    const port = Number(values.port);
    if (/^\d+$/.test(values.port) && port < 65_536) {
      return port;
    }
    console.error(`--port is a number from 0 to 65535, not ${values.port}`);
  } catch (error) {
    console.error(error.message);
  }
  console.error(USAGE);
  process.exit(2);
}

let ending = false;

async function end(code) {
  if (ending) {
    // What fails now fails because everything is being ended.
    return;
  }
  ending = true;
  await endWorld();
  process.exit(code);
}

// It has no other end, so being told to end is no failure.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    print("\nEnding the servers and PostgreSQL …");
    end(0);
  });
}

// A program that started it, over a channel, has gone.
process.once("disconnect", () => end(0));

try {
  await buildWorld(readPort());
} catch (error) {
  if (!ending) {
    console.error(error.code === "EADDRINUSE" ? error.message : error.stack);
  }
  await end(1);
}
