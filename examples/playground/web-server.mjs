// Gives the page to this machine's browsers, and to no page but this one what is behind it.

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HOST = "127.0.0.1";
const PAGE = fileURLToPath(new URL("./page/", import.meta.url));
const CLIENT = dirname(createRequire(import.meta.url).resolve("socket.io-client/package.json"));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".map": "application/json",
};

/** Every path there is, with its file: nothing else can be asked for. */
const FILES = new Map([
  ["/", join(PAGE, "index.html")],
  ...readdirSync(PAGE).map((name) => [`/${name}`, join(PAGE, name)]),
  ["/code.mjs", fileURLToPath(new URL("../demo/code.mjs", import.meta.url))],
  ...["socket.io.esm.min.js", "socket.io.esm.min.js.map"].map((name) => [
    `/${name}`,
    join(CLIENT, "dist", name),
  ]),
]);

const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // The page talks to this machine alone.
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
};

/** Listens on `port`, or on a free one for 0. */
export async function startWebServer(port) {
  const server = createServer();
  server.listen(port, HOST);
  await once(server, "listening");
  const hosts = [HOST, "localhost"].map((name) => `${name}:${server.address().port}`);
  const origins = hosts.map((host) => `http://${host}`);

  server.on("request", async ({ method, url, headers }, response) => {
    const answer = (status, body, more) =>
      response.writeHead(status, { ...HEADERS, ...more }).end(method === "HEAD" ? "" : body);
    // A name of another site can be made to point at this machine; the Host header tells.
    if (!hosts.includes(headers.host)) {
      return answer(403, "This server has another name.\n");
    }
    const file = FILES.get(url.split("?")[0]);
    if (!file) {
      return answer(404, "There is no such file.\n");
    }
    if (method !== "GET" && method !== "HEAD") {
      return answer(405, "Only GET and HEAD are answered.\n", { Allow: "GET, HEAD" });
    }
    try {
      answer(200, await readFile(file), { "Content-Type": TYPES[extname(file)] });
    } catch (error) {
      answer(500, `${error.code}\n`);
    }
  });

  return {
    server,
    url: `${origins[0]}/`,
    /** For Socket.IO servers. A browser says which page opens a WebSocket, and lets any page do it. */
    allowRequest({ headers }, callback) {
      const own = origins.includes(headers.origin);
      callback(own ? null : "another page's origin", own);
    },
    async close() {
      const closed = server.listening && once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
