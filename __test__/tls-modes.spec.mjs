// TLS: the strictest mode that the string or the field asks for, at a server of the right and of a
// wrong CA. The whole table is walked in src/connect/settings/tls.rs.

import "reflect-metadata";
import { ExtendedKeyUsage, ExtendedKeyUsageExtension } from "@peculiar/x509";
import test from "ava";
import { Emitter } from "../index.js";
import { certificate } from "../tools/certificates.mjs";
import { usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const CONTRADICTION = "ERR_INVALID_ARG_VALUE";
const NAMES = ["localhost"];

let right;
let wrong;
let client;
let files;

const plain = usePostgres(test, {
  async setUp() {
    right = await certificate({ commonName: "right", isAuthority: true });
    wrong = await certificate({ commonName: "wrong", isAuthority: true });
    client = await certificate({ commonName: "client", issuer: right });
    files = await writeFiles({ cert: client.cert, key: client.key });
  },
  async tearDown() {
    await files?.remove();
  },
});

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

test("a string and ssl: nothing weaker than either asks for", async (t) => {
  const leaf = await certificate({ commonName: "db", names: NAMES, issuer: right });
  const port = await startTlsProxy(t, { port: plain.server.config.port, certificate: leaf });
  const { user, password, database } = plain.server.config;
  const to = (query, host = "localhost") =>
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?hostaddr=127.0.0.1&${query}`;
  const { paths } = files;
  const pair = `sslcert=${encodeURIComponent(paths.cert)}&sslkey=${encodeURIComponent(paths.key)}`;
  const unverified = { rejectUnauthorized: false };
  for (const [query, ssl, expected, host] of [
    [pair, { ca: right.cert }, "connected"],
    [pair, { ca: wrong.cert }, UNVERIFIED],
    [pair, true, UNVERIFIED],
    ["sslmode=prefer", { ca: wrong.cert, rejectUnauthorized: true }, UNVERIFIED],
    ["sslmode=require", { ca: wrong.cert, rejectUnauthorized: true }, UNVERIFIED],
    ["sslmode=require", { ca: wrong.cert }, UNVERIFIED],
    ["sslmode=require", { ca: right.cert }, "connected"],
    ["sslmode=require", unverified, "connected"],
    ["sslmode=verify-full", { ca: right.cert }, "connected"],
    ["sslmode=verify-full", { ca: right.cert }, "ERR_TLS_CERT_ALTNAME_INVALID", "other.test"],
    ["sslmode=verify-full", unverified, UNVERIFIED],
    ["sslmode=verify-ca", { ca: right.cert }, "connected", "other.test"],
    ["sslmode=verify-ca", { ca: wrong.cert }, UNVERIFIED],
    ["sslmode=disable", { ca: right.cert }, CONTRADICTION],
    ["sslmode=verify-full", false, CONTRADICTION],
    ["sslmode=require&sslrootcert=system", undefined, CONTRADICTION],
  ]) {
    const connectionString = to(query, host);
    const what = `${query.slice(0, 20)} ${JSON.stringify(ssl)?.slice(0, 30)} ${host}`;
    t.is(await outcome({ connectionString, ssl }), expected, what);
  }
});

test("a name that is no host's, and ssl.host", async (t) => {
  const { config } = plain.server;
  const proxyOf = async (leaf) =>
    startTlsProxy(t, { port: config.port, certificate: await certificate(leaf) });
  const common = await proxyOf({ commonName: "project:instance", issuer: right });
  const alternative = await proxyOf({
    commonName: "project:instance",
    names: NAMES,
    issuer: right,
  });
  const address = await proxyOf({ commonName: "other", names: ["0.0.0.0"], issuer: right });
  const name = "project:instance";
  const altName = "ERR_TLS_CERT_ALTNAME_INVALID";
  const ca = right.cert;
  for (const [port, ssl, expected] of [
    [common, { ca, servername: name }, "connected"],
    [common, { ca, host: name }, "connected"],
    [common, { ca, servername: "project:other" }, altName],
    [common, { ca, servername: "project:other", host: name }, altName],
    [common, { ca: wrong.cert, servername: name }, UNVERIFIED],
    [alternative, { ca, servername: name }, altName],
    [alternative, { ca, host: "localhost" }, "connected"],
    [alternative, { ca, host: "other.test" }, altName],
    [address, { ca, servername: name }, altName],
  ]) {
    const what = `${ssl.servername} ${ssl.host} ${port === common}`;
    t.is(await outcome({ ...config, host: "127.0.0.1", port, ssl }), expected, what);
  }
});

test("a server's certificate that says that it is a CA", async (t) => {
  const { config } = plain.server;
  const leaf = { commonName: "db", names: NAMES, issuer: right, isAuthority: true };
  const proxyOf = async (more) =>
    startTlsProxy(t, { port: config.port, certificate: await certificate({ ...leaf, ...more }) });
  const forClients = new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]);
  const good = await proxyOf({});
  for (const [port, ca, host, expected] of [
    [good, right, "localhost", "connected"],
    [good, wrong, "localhost", "ERR_TLS_CERT_INVALID"],
    [good, right, "other.test", "ERR_TLS_CERT_ALTNAME_INVALID"],
    [await proxyOf({ days: [-30, -1] }), right, "localhost", "CERT_HAS_EXPIRED"],
    [await proxyOf({ extensions: [forClients] }), right, "localhost", "ERR_TLS_CERT_INVALID"],
  ]) {
    const ssl = { ca: ca.cert, servername: host };
    t.is(await outcome({ ...config, port, ssl }), expected, `${host} ${expected}`);
  }
});
