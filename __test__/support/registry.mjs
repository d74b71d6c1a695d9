// A package registry on this machine with the few packages it is given: what npm and pnpm need of it.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename } from "node:path";

/** Serves `packages` (see release.mjs). Everything else is 404, as an unpublished package is. */
export async function startRegistry(packages) {
  const byName = new Map(packages.map((each) => [each.manifest.name, each]));
  const byFile = new Map(packages.map((each) => [basename(each.tarball), each]));
  let url;

  const packument = ({ manifest, tarball, integrity }) => ({
    name: manifest.name,
    "dist-tags": { latest: manifest.version },
    versions: {
      [manifest.version]: {
        ...manifest,
        dist: { tarball: `${url}/-/${basename(tarball)}`, integrity },
      },
    },
  });

  const server = createServer(async ({ url: path }, response) => {
    const file = byFile.get(path.replace("/-/", ""));
    const named = byName.get(decodeURIComponent(path.slice(1)));
    if (file) {
      response.end(await readFile(file.tarball));
    } else if (named) {
      response.setHeader("content-type", "application/json").end(JSON.stringify(packument(named)));
    } else {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
