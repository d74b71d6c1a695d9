// Nothing weaker than asked, where the string and `ssl` both speak; names that are none of a host, and
// certificates that OpenSSL makes.

import test from "ava";
import { Emitter } from "../index.js";
import { certificate } from "./support/certificates.mjs";
import { usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const made = {};
let files;
const postgres = usePostgres(test, {
  async setUp() {
    made.authority = await certificate({ commonName: "authority", isAuthority: true });
    made.stranger = await certificate({ commonName: "stranger", isAuthority: true });
    const issuer = made.authority;
    made.server = await certificate({
      commonName: "db.test",
      names: ["db.test", "127.0.0.1"],
      issuer,
    });
    made.marked = await certificate({
      commonName: "db.test",
      names: ["127.0.0.1"],
      issuer,
      isAuthority: true,
    });
    made.instance = await certificate({ commonName: "project:instance", issuer });
    files = await writeFiles({ cert: made.server.cert, key: made.server.key });
  },
  tearDown: () => files?.remove(),
});

async function connecting(t, { server = made.server, query = "", ...settings }) {
  const { config } = postgres.server;
  const port = await startTlsProxy(t, { port: config.port, certificate: server });
  const { user, password, database } = config;
  const connectionString = `postgres://${user}:${password}@127.0.0.1:${port}/${database}${query}`;
  const emitter = new Emitter({ connectionString, ...settings }, "/", { errorHandler: () => {} });
  t.teardown(() => emitter.close());
  return emitter.connect();
}

const query = (mode) => (mode ? `?sslmode=${mode}` : "");

for (const mode of [
  "",
  "disable",
  "allow",
  "prefer",
  "require",
  "no-verify",
  "verify-ca",
  "verify-full",
]) {
  test(`sslmode=${mode} beside ssl.ca: the server of that CA, and no other`, async (t) => {
    await connecting(t, { query: query(mode), ssl: { ca: made.authority.cert } });
    for (const ssl of [
      { ca: made.stranger.cert },
      { ca: made.stranger.cert, rejectUnauthorized: true },
      true,
    ]) {
      const error = await t.throwsAsync(connecting(t, { query: query(mode), ssl }));
      t.regex(error.code, /^(UNABLE_TO|ERR_TLS|SELF_SIGNED|DEPTH_ZERO)/);
    }
    await t.notThrowsAsync(
      mode.startsWith("verify")
        ? Promise.resolve()
        : connecting(t, { query: query(mode), ssl: { rejectUnauthorized: false } }),
    );
  });
}

test("certificates in the string make ssl no weaker", async (t) => {
  const identity = `?sslcert=${files.paths.cert}&sslkey=${files.paths.key}`;
  await connecting(t, { query: identity, ssl: { ca: made.authority.cert } });
  for (const ssl of [true, { ca: made.stranger.cert }]) {
    await t.throwsAsync(connecting(t, { query: identity, ssl }));
  }
});

test("sslrootcert=system is a full check, or refused", (t) => {
  for (const mode of ["disable", "allow", "prefer", "require", "no-verify", "verify-ca"]) {
    const url = `postgres://127.0.0.1:1/db?sslrootcert=system&sslmode=${mode}`;
    t.throws(() => new Emitter(url), { code: "ERR_INVALID_ARG_VALUE" }, mode);
  }
});

test("a name that is none of a host, as Cloud SQL has them", async (t) => {
  const server = made.instance;
  const ca = made.authority.cert;
  await connecting(t, { server, ssl: { ca, servername: "project:instance" } });
  await connecting(t, { server, ssl: { ca, host: "project:instance" } });
  await connecting(t, {
    server,
    query: "?sslmode=verify-ca",
    ssl: { ca, rejectUnauthorized: false },
  });
  for (const ssl of [
    { ca, servername: "project:other" },
    { ca },
    { ca: made.stranger.cert, servername: "project:instance" },
  ]) {
    await t.throwsAsync(connecting(t, { server, ssl }));
  }
  // Nor is another certificate of that CA taken for it.
  await t.throwsAsync(connecting(t, { ssl: { ca, servername: "project:instance" } }), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
});

test("a server's certificate that is marked as a CA's, signed by the CA that was given", async (t) => {
  await connecting(t, { server: made.marked, ssl: { ca: made.authority.cert } });
  await t.throwsAsync(connecting(t, { server: made.marked, ssl: { ca: made.stranger.cert } }));
  const ssl = { ca: made.authority.cert, servername: "wrong.test" };
  await t.throwsAsync(connecting(t, { server: made.marked, ssl }), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
});
