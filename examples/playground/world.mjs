// Everything the playground needs, in the order in which it depends on each other.

import { MEMBERS, NAMESPACES } from "../demo/audience.mjs";
import { printBackend, startBackend } from "../demo/backend.mjs";
import { startEmitter } from "../demo/emitter-process.mjs";
import { started } from "../demo/endings.mjs";
import { heading, print } from "../demo/screen.mjs";
import { startControl } from "./control.mjs";
import { observe } from "./observe.mjs";
import { startWebServer } from "./web-server.mjs";

/** Starts all of it, with the page on `port`, and prints where that is. */
export async function buildWorld(port) {
  print("Starting PostgreSQL, two Socket.IO servers and an emitter …");
  // First: a port that is taken shows at once, and the servers have to know the page's origin.
  const web = await started(startWebServer(port), (server) => server.close());
  const backend = await startBackend({
    serverOptions: { allowRequest: web.allowRequest },
    adapterOptions: {
      errorHandler: (error) => console.error(`an adapter reported: ${error.message}`),
    },
  });
  const { postgres, cluster, adapter, version } = backend;
  let control;
  const onStateChange = () => control?.tellStatus();
  const emitter = await started(
    startEmitter(postgres.connectionString, { onStateChange }),
    (each) => each.kill(),
  );
  for (const name of ["ensureTable", "ensureOutbox"]) {
    const { error } = await emitter.call([[name]]);
    if (error) {
      throw new Error(`${name}() failed: ${error.message}`);
    }
  }
  await emitter.startRelay();
  control = await started(
    startControl({
      web,
      emitter,
      about: {
        members: MEMBERS,
        namespaces: NAMESPACES,
        servers: cluster.servers.map((server) => ({ url: server.url, port: server.port })),
        adapter,
        postgres: { version, port: postgres.config.port },
        emitter: { pid: emitter.pid },
      },
    }),
    (each) => each.close(),
  );
  observe(cluster.servers, NAMESPACES, control.tell);

  heading("Who is here");
  printBackend(backend);
  print(`  the emitter in a process of its own, ${emitter.pid} (this one is ${process.pid})`);
  print(`\nOpen ${web.url} in a browser. Ctrl-C ends everything.`);
}
