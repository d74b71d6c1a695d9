// TLS: who is trusted, what each sslmode checks, and the codes of its errors.
//
// Longer than 300 lines: the certificates are made, and the servers started, once for all of it.

import { createPrivateKey } from "node:crypto";
import test from "ava";
import pg from "pg";
import { Emitter, EmitterError } from "../index.js";
import { certificate } from "../tools/certificates.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { startTlsPostgres, startTlsProxy } from "./support/tls.mjs";

const NAMES = ["db.test", "localhost", "127.0.0.1"];
const CERTIFICATE_USER = "by_certificate";

const made = {};
let secure;
let files;

const plain = usePostgres(test, {
  async setUp() {
    made.authority = await certificate({ commonName: "an authority", isAuthority: true });
    made.stranger = await certificate({ commonName: "another authority", isAuthority: true });
    const issuer = made.authority;
    made.server = await certificate({ commonName: "db.test", names: NAMES, issuer });
    made.expired = await certificate({
      commonName: "db.test",
      names: NAMES,
      issuer,
      days: [-30, -1],
    });
    made.early = await certificate({ commonName: "db.test", names: NAMES, issuer, days: [1, 30] });
    made.client = await certificate({ commonName: CERTIFICATE_USER, issuer });
    made.strangeClient = await certificate({
      commonName: CERTIFICATE_USER,
      issuer: made.stranger,
    });
    files = await writeFiles({
      ca: made.authority.cert,
      stranger: made.stranger.cert,
      cert: made.client.cert,
      key: made.client.key,
      encryptedKey: encrypted(made.client.key),
    });
    secure = await startTlsPostgres({
      certificate: made.server,
      authority: issuer,
      hba: [`all ${CERTIFICATE_USER} 127.0.0.1/32 cert`, "all all 127.0.0.1/32 scram-sha-256"],
    });
    const admin = new pg.Client({ ...secure.config, ssl: { ca: issuer.cert } });
    await admin.connect();
    await admin.query(`CREATE ROLE ${CERTIFICATE_USER} LOGIN`);
    await admin.end();
  },
  async tearDown() {
    await secure?.stop();
    await files?.remove();
  },
});

const PASSPHRASE = "open sesame";

function encrypted(key) {
  const form = { format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: PASSPHRASE };
  return createPrivateKey(key).export(form);
}

const encode = encodeURIComponent;

/** A connection string for a server on this machine, called `host`. */
function uri({ user, password, database }, port, parameters = {}, host = "db.test") {
  const query = new URLSearchParams({ hostaddr: "127.0.0.1", ...parameters });
  return `postgres://${user}:${encode(password)}@${host}:${port}/${database}?${query}`.replaceAll(
    "+",
    "%20",
  );
}

const toSecure = (parameters, host) => uri(secure.config, secure.config.port, parameters, host);

function open(t, connection) {
  const emitter = new Emitter(connection, "/", { errorHandler: () => {} });
  t.teardown(() => emitter.close());
  return emitter;
}

/** What the server says of the session's TLS. */
async function sessions(name) {
  const admin = new pg.Client({ ...secure.config, ssl: { ca: made.authority.cert } });
  await admin.connect();
  const { rows } = await admin.query(
    `SELECT ssl, version, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name = $1`,
    [name],
  );
  await admin.end();
  return rows;
}

async function connects(t, connection, what) {
  await t.notThrowsAsync(open(t, connection).connect(), what);
}

async function refused(t, connection, code, what) {
  const error = await t.throwsAsync(
    open(t, connection).connect(),
    { instanceOf: EmitterError, code },
    what,
  );
  t.regex(error?.message ?? "", /certificate|TLS/, what);
  return error;
}

test("a TLS-only server, from each form of settings", async (t) => {
  const { paths } = files;
  const { config } = secure;
  const ca = made.authority.cert;
  const pairs = (rest) =>
    `host=db.test hostaddr=127.0.0.1 port=${config.port} user=${config.user} password='${config.password}' dbname=${config.database} ${rest}`;
  const forms = {
    "no word of TLS": toSecure({}),
    prefer: toSecure({ sslmode: "prefer" }),
    allow: toSecure({ sslmode: "allow" }),
    require: toSecure({ sslmode: "require" }),
    "no-verify, whatever the CA": toSecure({ sslmode: "no-verify", sslrootcert: paths.stranger }),
    "require with a CA": toSecure({ sslmode: "require", sslrootcert: paths.ca }, "wrong.test"),
    "verify-ca": toSecure({ sslmode: "verify-ca", sslrootcert: paths.ca }, "wrong.test"),
    "verify-full": toSecure({ sslmode: "verify-full", sslrootcert: paths.ca }),
    "a CA without a mode": toSecure({ sslrootcert: paths.ca }),
    "key=value": pairs(`sslmode=verify-full sslrootcert='${paths.ca}'`),
    "an object": { ...config, ssl: { ca } },
    "an object with a Buffer": { ...config, ssl: { ca: Buffer.from(ca) } },
    "an object with several": { ...config, ssl: { ca: [made.stranger.cert, Buffer.from(ca)] } },
    "rejectUnauthorized: false": { ...config, ssl: { rejectUnauthorized: false } },
    servername: { ...config, host: "127.0.0.1", ssl: { ca, servername: "db.test" } },
    "the name localhost": { ...config, host: "localhost", ssl: { ca } },
    "a Pool": new pg.Pool({ ...config, ssl: { ca } }),
    "a Client": new pg.Client({ ...config, ssl: { ca } }),
    "TLS 1.2": { ...config, ssl: { ca, maxVersion: "TLSv1.2" } },
    "TLS 1.3": toSecure({ sslmode: "require", ssl_min_protocol_version: "TLSv1.3" }),
    "no handshake before the handshake": toSecure({
      sslmode: "verify-full",
      sslrootcert: paths.ca,
      sslnegotiation: "direct",
    }),
  };
  for (const [what, connection] of Object.entries(forms)) {
    await connects(t, connection, what);
  }
  const name = "with-version";
  await open(t, {
    ...config,
    application_name: name,
    ssl: { ca, maxVersion: "TLSv1.2" },
  }).connect();
  t.deepEqual(await sessions(name), [{ ssl: true, version: "TLSv1.2", client_dn: null }]);
});

test("the environment speaks of TLS, too", async (t) => {
  const { host, port, user, password, database } = secure.config;
  const source = `
    import { Emitter } from "./index.js";
    const codes = [];
    for (const variables of JSON.parse(process.env.CASES)) {
      Object.assign(process.env, { PGSSLMODE: "", PGSSLROOTCERT: "", NODE_EXTRA_CA_CERTS: "", ...variables });
      const emitter = new Emitter();
      codes.push(await emitter.connect().then(() => "connected", (error) => error.code));
      await emitter.close();
    }
    console.log(codes.join(" "));`;
  const cases = [
    { PGSSLMODE: "verify-full", PGSSLROOTCERT: files.paths.ca },
    { PGSSLMODE: "verify-full", PGSSLROOTCERT: files.paths.stranger },
    { PGSSLMODE: "verify-full", NODE_EXTRA_CA_CERTS: files.paths.ca },
    { PGSSLMODE: "require" },
    { PGSSLMODE: "disable" },
  ];
  const { stdout, stderr } = await run(source, {
    env: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      CASES: JSON.stringify(cases),
    },
  });
  const expected = [
    "connected",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "connected",
    "connected",
    "28000",
  ];
  t.is(stdout, `${expected.join(" ")}\n`, stderr);
});

test("a CA that is not the server's", async (t) => {
  const code = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  const sslrootcert = files.paths.stranger;
  for (const sslmode of ["require", "verify-ca", "verify-full"]) {
    await refused(t, toSecure({ sslmode, sslrootcert }), code, sslmode);
  }
  const { config } = secure;
  await refused(t, { ...config, ssl: { ca: made.stranger.cert } }, code, "an object");
  // The platform does not know our authority.
  await refused(t, { ...config, ssl: true }, code, "ssl: true");
  await refused(t, toSecure({ ssl: "true" }), code, "ssl=true");
  await refused(t, toSecure({ sslmode: "verify-full" }), code, "the platform's roots");
  await refused(t, toSecure({ sslmode: "verify-ca" }), code, "verify-ca, the platform's roots");
  await refused(t, new pg.Pool({ ...config, ssl: true }), code, "a Pool");
});

test("a host that the certificate does not name", async (t) => {
  const code = "ERR_TLS_CERT_ALTNAME_INVALID";
  const sslrootcert = files.paths.ca;
  await refused(
    t,
    toSecure({ sslmode: "verify-full", sslrootcert }, "wrong.test"),
    code,
    "a string",
  );
  const ssl = { ca: made.authority.cert, servername: "wrong.test" };
  await refused(t, { ...secure.config, ssl }, code, "an object");
});

test("a certificate out of date", async (t) => {
  const { port } = plain.server.config;
  const sslrootcert = files.paths.ca;
  for (const [name, code] of [
    ["expired", "CERT_HAS_EXPIRED"],
    ["early", "CERT_NOT_YET_VALID"],
  ]) {
    const proxy = await startTlsProxy(t, { port, certificate: made[name] });
    for (const sslmode of ["require", "verify-ca", "verify-full"]) {
      const connection = uri(plain.server.config, proxy, { sslmode, sslrootcert });
      await refused(t, connection, code, `${name}, ${sslmode}`);
    }
    await connects(t, uri(plain.server.config, proxy, { sslmode: "require" }), name);
  }
});

test("a server without TLS", async (t) => {
  const { config } = plain.server;
  const to = (sslmode) => uri(config, config.port, { sslmode });
  for (const sslmode of ["require", "no-verify", "verify-ca", "verify-full"]) {
    await refused(t, to(sslmode), "ERR_TLS_NOT_SUPPORTED", sslmode);
  }
  await refused(t, { ...config, ssl: true }, "ERR_TLS_NOT_SUPPORTED", "ssl: true");
  for (const sslmode of ["disable", "allow", "prefer"]) {
    await connects(t, to(sslmode), sslmode);
  }
});

test("a handshake that fails: prefer goes on without, require does not", async (t) => {
  const { config } = plain.server;
  const port = await startTlsProxy(t, {
    port: config.port,
    certificate: made.server,
    refuse: true,
  });
  await refused(t, uri(config, port, { sslmode: "require" }), "ERR_TLS_HANDSHAKE", "require");
  await connects(t, uri(config, port, { sslmode: "prefer" }), "prefer");
});

test("a certificate that is not trusted is final: messages do not wait for a server that is wrong", async (t) => {
  const sslrootcert = files.paths.stranger;
  const emitter = open(t, toSecure({ sslmode: "verify-full", sslrootcert }));
  const code = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  await t.throwsAsync(emitter.emit("e"), { instanceOf: EmitterError, code });
  await t.throwsAsync(emitter.emit("e"), { instanceOf: EmitterError, code });
});

test("client certificates", async (t) => {
  const { paths } = files;
  const { port, database } = secure.config;
  const config = { host: "127.0.0.1", port, database, user: CERTIFICATE_USER, password: "" };
  const { cert, key } = made.client;
  const ca = made.authority.cert;
  const name = "certified";
  const forms = {
    object: { ...config, ssl: { ca, cert, key } },
    Buffers: { ...config, ssl: { ca, cert: Buffer.from(cert), key: Buffer.from(key) } },
    "an encrypted key": {
      ...config,
      ssl: { ca, cert, key: encrypted(key), passphrase: PASSPHRASE },
    },
    "Node's form of keys": {
      ...config,
      ssl: { ca, cert, key: [{ pem: encrypted(key), passphrase: PASSPHRASE }] },
    },
    files: uri(config, port, {
      sslmode: "verify-full",
      sslrootcert: paths.ca,
      sslcert: paths.cert,
      sslkey: paths.key,
      application_name: name,
    }),
    "an encrypted file": uri(config, port, {
      sslmode: "require",
      sslcert: paths.cert,
      sslkey: paths.encryptedKey,
      sslpassword: PASSPHRASE,
    }),
    "a Pool": new pg.Pool({ ...config, ssl: { ca, cert, key } }),
    "a Client": new pg.Client({ ...config, ssl: { ca, cert, key } }),
  };
  for (const [what, connection] of Object.entries(forms)) {
    await connects(t, connection, what);
  }
  t.like(await sessions(name), [{ ssl: true, client_dn: `/CN=${CERTIFICATE_USER}` }]);

  await t.throwsAsync(open(t, { ...config, ssl: { ca } }).connect(), { code: "28000" });
  const { cert: strange, key: strangeKey } = made.strangeClient;
  const ssl = { ca, cert: strange, key: strangeKey };
  await t.throwsAsync(open(t, { ...config, ssl }).connect(), { code: "ERR_TLS_HANDSHAKE" });
});

test("keys and certificates that cannot be used", async (t) => {
  const { cert, key } = made.client;
  const ca = made.authority.cert;
  const old = createPrivateKey(key).export({
    format: "pem",
    type: "sec1",
    cipher: "aes-128-cbc",
    passphrase: PASSPHRASE,
  });
  const code = "ERR_INVALID_ARG_VALUE";
  for (const ssl of [
    { ca, cert, key: "nonsense" },
    { ca, cert: "nonsense", key },
    { ca, cert, key: made.stranger.key },
    { ca, cert, key: encrypted(key) },
    { ca, cert, key: encrypted(key), passphrase: "wrong" },
    { ca, cert, key: old, passphrase: PASSPHRASE },
    { ca: key },
    { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
  ]) {
    const error = t.throws(() => open(t, { ...secure.config, ssl }), { code });
    t.false(/sesame|AAAA|MIG/.test(error?.message));
  }
  const missing = toSecure({ sslmode: "verify-full", sslrootcert: "/no/such/file" });
  const error = await t.throwsAsync(open(t, missing).connect(), { code });
  t.regex(error.message, /sslrootcert.*no\/such\/file/);
});

test("channel binding: with the server itself, and with nothing in between", async (t) => {
  const required = { sslmode: "require", channel_binding: "require" };
  await connects(t, toSecure(required), "the server itself");
  await connects(t, toSecure({ ...required, ssl_max_protocol_version: "TLSv1.2" }), "TLS 1.2");
  // A server behind one that ends TLS cannot bind to it.
  const { config } = plain.server;
  const port = await startTlsProxy(t, { port: config.port, certificate: made.server });
  await connects(t, uri(config, port, { sslmode: "require" }), "not asked for");
  await t.throwsAsync(open(t, uri(config, port, required)).connect(), {
    code: "ERR_AUTHENTICATION",
  });
  const disabled = { ...required, channel_binding: "disable" };
  await connects(t, toSecure(disabled), "not wanted");
});

test("what OpenSSL accepts of certificates made by hand", async (t) => {
  const { config } = plain.server;
  const { port } = config;
  const own = await certificate({ commonName: "db.test", isAuthority: true });
  const common = await certificate({ commonName: "*.db.test", issuer: made.authority });
  const old = await certificate({ commonName: "db.test", days: [-30, -1], isAuthority: true });
  const to = (proxy, ca, servername) => ({
    ...config,
    port: proxy,
    ssl: { ca: ca.cert, servername },
  });
  const pinned = await startTlsProxy(t, { port, certificate: own });
  await connects(t, to(pinned, own, "db.test"), "a certificate that is its own CA");
  const name = "ERR_TLS_CERT_ALTNAME_INVALID";
  await refused(t, to(pinned, own, "wrong.test"), name, "of another host");
  const code = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  const unknown = open(t, to(pinned, made.authority, "db.test")).connect();
  t.true(["ERR_TLS_CERT_INVALID", code].includes((await t.throwsAsync(unknown)).code));
  const byName = await startTlsProxy(t, { port, certificate: common });
  await connects(t, to(byName, made.authority, "a.db.test"), "a name in the subject alone");
  await refused(t, to(byName, made.authority, "db.test"), name, "not of this host");
  await refused(t, to(byName, made.stranger, "a.db.test"), code, "of another CA");
  const late = await startTlsProxy(t, { port, certificate: old });
  await refused(t, to(late, old, "db.test"), "CERT_HAS_EXPIRED", "out of date");
});
