// TLS: checkServerIdentity, as in pg and tls.connect.

import { once } from "node:events";
import test from "ava";
import pg from "pg";
import { Emitter } from "../index.js";
import { certificate } from "../tools/certificates.mjs";
import { startTcpServer } from "../tools/tcp-server.mjs";
import { run } from "./support/child.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const MISNAMED = "ERR_TLS_CERT_ALTNAME_INVALID";
const INSTANCE = "project:instance";

let right;
let wrong;
let instance;

const plain = usePostgres(test, {
  async setUp() {
    right = await certificate({ commonName: "right", isAuthority: true });
    wrong = await certificate({ commonName: "wrong", isAuthority: true });
    // As Cloud SQL has them: a name that is no host's.
    instance = await certificate({ commonName: INSTANCE, issuer: right });
  },
});

/** PostgreSQL behind a certificate. */
const proxyOf = (t, leaf = instance) =>
  startTlsProxy(t, { port: plain.server.config.port, certificate: leaf });

/** A proxy's settings. */
const at = (port, ssl, more) => ({ ...plain.server.config, host: "localhost", port, ssl, ...more });

async function outcome(connection) {
  let emitter;
  try {
    emitter = new Emitter(connection, "/", { errorHandler: () => {} });
    await emitter.connect();
    return "connected";
  } catch (error) {
    return error.code;
  } finally {
    await emitter?.close();
  }
}

test("it is called as pg calls it, once for each connection", async (t) => {
  const port = await proxyOf(t);
  const calls = [];
  const checkServerIdentity = (...args) => void calls.push(args);
  const connection = at(port, { ca: [wrong.cert, right.cert], checkServerIdentity });
  const client = new pg.Client(connection);
  await client.connect();
  await client.end();
  t.is(await outcome(connection), "connected");
  t.is(await outcome(new pg.Pool(connection)), "connected");
  const [theirs, ours, ofPool] = calls;
  t.deepEqual(ours, theirs);
  t.deepEqual(ofPool, theirs);
  const [host, peer] = ours;
  t.is(host, "localhost");
  t.is(peer.subject.CN, INSTANCE);
  t.is(peer.issuerCertificate.subject.CN, "right");
  t.is(peer.issuerCertificate.issuerCertificate, peer.issuerCertificate);
  t.true(Buffer.isBuffer(peer.raw));
});

test("what it decides", async (t) => {
  const port = await proxyOf(t);
  const ca = right.cert;
  const coded = Object.assign(new Error("not this one"), { code: "NOT_THIS_ONE" });
  const returns = (verdict) => ({ ca, checkServerIdentity: () => verdict });
  const byName = (_host, { subject }) => (subject.CN === INSTANCE ? undefined : coded);
  const throwing = () => {
    throw coded;
  };
  for (const [what, ssl, expected] of [
    ["no check", { ca }, MISNAMED],
    ["undefined", returns(undefined), "connected"],
    ["null", returns(null), "connected"],
    ["by what it is shown", { ca, checkServerIdentity: byName }, "connected"],
    ["an error with a code", returns(coded), "NOT_THIS_ONE"],
    ["an error without", returns(new Error("no")), MISNAMED],
    ["another truth", returns("no"), MISNAMED],
    ["a promise", returns(Promise.resolve()), MISNAMED],
    ["a promise that rejects", returns(Promise.reject(coded)), MISNAMED],
    ["a throw", { ca, checkServerIdentity: throwing }, "NOT_THIS_ONE"],
    ["rejectUnauthorized", { ...returns(undefined), rejectUnauthorized: true }, "connected"],
    ["another CA", { ca: wrong.cert, checkServerIdentity: () => undefined }, UNVERIFIED],
    ["servername", { ...returns(undefined), servername: "project:other" }, "connected"],
    ["no verification", { ...returns(coded), rejectUnauthorized: false }, "connected"],
    ["no function", { ca, checkServerIdentity: "no" }, "ERR_INVALID_ARG_TYPE"],
  ]) {
    t.is(await outcome(at(port, ssl)), expected, what);
  }
});

test("beside a connection string the strictest holds", async (t) => {
  const port = await proxyOf(t);
  const { user, password, database } = plain.server.config;
  const to = (query) =>
    `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?${query}`;
  const accept = () => undefined;
  const refuse = () => new Error("no");
  for (const [query, checkServerIdentity, expected] of [
    ["", accept, "connected"],
    ["sslmode=require", accept, "connected"],
    ["sslmode=verify-ca", accept, "connected"],
    ["sslmode=verify-ca", refuse, MISNAMED],
    ["sslmode=verify-full", accept, MISNAMED],
    ["sslmode=verify-full", refuse, MISNAMED],
  ]) {
    const ssl = { ca: right.cert, checkServerIdentity };
    const what = `${query} ${checkServerIdentity.name}`;
    t.is(await outcome({ connectionString: to(query), ssl }), expected, what);
  }
});

test("a server that is refused is told nothing", async (t) => {
  const told = [];
  const server = await startTcpServer((socket) => socket.on("data", (data) => told.push(data)));
  t.teardown(server.close);
  const port = await startTlsProxy(t, { port: server.port, certificate: instance });
  const refusing = { ca: right.cert, checkServerIdentity: () => new Error("no") };
  t.is(await outcome(at(port, refusing)), MISNAMED);
  const socket = await eventually(() => server.sockets[0], "the proxy connects");
  if (!socket.destroyed && !socket.readableEnded) await once(socket, "close");
  t.is(Buffer.concat(told).length, 0);
});

test("with what the platform trusts, and NODE_EXTRA_CA_CERTS", async (t) => {
  const named = await certificate({ commonName: "db", names: ["*.db.test"], issuer: right });
  const far = { commonName: "db", names: ["::1"], issuer: right };
  const { paths, remove } = await writeFiles({ right: right.cert, wrong: wrong.cert });
  t.teardown(remove);
  const ports = {
    common: await proxyOf(t),
    named: await proxyOf(t, named),
    address: await proxyOf(t, await certificate(far)),
  };
  // One process for each: the platform's store is read once.
  const source = `
    import { Emitter } from "./index.js";
    const codes = [];
    for (const port of JSON.parse(process.env.PORTS)) {
      for (const checkServerIdentity of [undefined, () => undefined, () => new Error("no")]) {
        const emitter = new Emitter({ port, ssl: { checkServerIdentity } });
        codes.push(await emitter.connect().then(() => "connected", (error) => error.code));
        await emitter.close();
      }
    }
    console.log(JSON.stringify(codes));`;
  const { user, password, database } = plain.server.config;
  const codes = async (ports, variables) => {
    const env = {
      PGHOST: "localhost",
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PORTS: JSON.stringify(ports),
      ...variables,
    };
    const { stdout, stderr } = await run(source, { env });
    t.is(stderr, "");
    return JSON.parse(stdout);
  };
  const decided = [MISNAMED, "connected", MISNAMED];
  const { common, named: byName, address } = ports;
  t.deepEqual(await codes([common, byName], { NODE_EXTRA_CA_CERTS: paths.right }), [
    ...decided,
    ...decided,
  ]);
  t.deepEqual(
    await codes([byName], { NODE_EXTRA_CA_CERTS: paths.wrong }),
    Array(3).fill(UNVERIFIED),
  );
  if (process.platform === "linux") {
    t.deepEqual(await codes([byName, address], { SSL_CERT_FILE: paths.right }), [
      ...decided,
      ...decided,
    ]);
  }
});
