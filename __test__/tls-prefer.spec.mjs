// TLS: with `prefer`, the default, a handshake that fails leads to a connection in the clear, which can
// be seen.

import test from "ava";
import { attachmentTableSql, Emitter, outboxSql } from "../index.js";
import { certificate } from "../tools/certificates.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const plain = usePostgres(test);

/** What is in front of PostgreSQL. */
const FRONTS = {
  async "a server with TLS"(t, port) {
    const made = await certificate({ commonName: "db" });
    return startTlsProxy(t, { port, certificate: made });
  },
  // Over TLS 1.2 a key on P-521 is none that can be used.
  async "a key that cannot be used"(t, port) {
    const algorithm = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" };
    const made = await certificate({ commonName: "db", algorithm });
    return startTlsProxy(t, { port, certificate: made, maxVersion: "TLSv1.2" });
  },
  async "a handshake that breaks"(t, port) {
    const made = await certificate({ commonName: "db" });
    return startTlsProxy(t, { port, certificate: made, refuse: true });
  },
  "a server without TLS": (_t, port) => port,
};

async function outcome(connection) {
  const causes = [];
  const onStateChange = ({ state, cause }) => state === "connected" && causes.push(cause?.code);
  const emitter = new Emitter(connection, "/", { errorHandler: () => {}, onStateChange });
  const before = emitter.stats().encrypted;
  try {
    await emitter.connect();
    const { encrypted } = emitter.stats();
    await emitter.close();
    return [before, encrypted, ...causes];
  } catch (error) {
    return [before, error.code];
  } finally {
    await emitter.close();
  }
}

for (const [what, prefer, require] of [
  ["a server with TLS", [null, true, undefined], [null, true, undefined]],
  ["a key that cannot be used", [null, false, "ERR_TLS_HANDSHAKE"], [null, "ERR_TLS_HANDSHAKE"]],
  ["a handshake that breaks", [null, false, "ERR_TLS_HANDSHAKE"], [null, "ERR_TLS_HANDSHAKE"]],
  ["a server without TLS", [null, false, undefined], [null, "ERR_TLS_NOT_SUPPORTED"]],
]) {
  test(`stats and state: ${what}`, async (t) => {
    const { config } = plain.server;
    const to = { ...config, port: await FRONTS[what](t, config.port) };
    t.deepEqual(await outcome(to), prefer, "by default");
    t.deepEqual(await outcome({ ...to, sslmode: "prefer" }), prefer, "prefer");
    t.deepEqual(await outcome({ ...to, sslmode: "require" }), require, "require");
  });
}

test("DEBUG tells of each connection: what publishes, what listens, and a relay's", async (t) => {
  const { config } = plain.server;
  const database = await plain.database(`${attachmentTableSql()};${outboxSql()}`);
  const { pathname } = new URL(database.connectionString);
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(JSON.parse(process.env.CONNECTION));
    await emitter.connect();
    await emitter.serverCount();
    const relay = emitter.relay();
    await relay.drain();
    await relay.close();
    await emitter.close();`;
  const told = async (what) => {
    const port = await FRONTS[what](t, config.port);
    const connection = { ...config, port, database: pathname.slice(1) };
    const env = {
      CONNECTION: JSON.stringify(connection),
      DEBUG: "socket.io-postgres-emitter",
      DEBUG_COLORS: "0",
    };
    const { code, stderr } = await run(source, { env });
    t.is(code, 0, stderr);
    return stderr.match(/connected without TLS.*ERR_TLS_HANDSHAKE|connected without TLS/g) ?? [];
  };
  const fronts = ["a key that cannot be used", "a server with TLS", "a server without TLS"];
  const counts = (await Promise.all(fronts.map(told))).map(({ length }) => length);
  // The listener makes sure that no pooler is in between, by a connection of its own.
  t.deepEqual(counts, [4, 0, 0]);
});
