// A port that is free now.

import { once } from "node:events";
import { createServer } from "node:net";

/** A TCP port of `host` that nothing listens on. Another program may take it before it is used. */
export async function freePort(host = "127.0.0.1") {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
