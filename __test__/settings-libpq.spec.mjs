// What libpq reads by itself: service files, and the certificates in the user's folder.

import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import pg from "pg";
import { EmitterError } from "../index.js";
import { certificate } from "../tools/certificates.mjs";
import { usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { open } from "./support/settings.mjs";
import { startTlsPostgres } from "./support/tls.mjs";

const CERTIFICATE_USER = "by_certificate";

const made = {};
let secure;

const plain = usePostgres(test, {
  async setUp() {
    made.authority = await certificate({ commonName: "an authority", isAuthority: true });
    made.stranger = await certificate({ commonName: "another authority", isAuthority: true });
    const issuer = made.authority;
    made.server = await certificate({ commonName: "db.test", names: ["db.test"], issuer });
    made.client = await certificate({ commonName: CERTIFICATE_USER, issuer });
    secure = await startTlsPostgres({
      certificate: made.server,
      authority: issuer,
      hba: [`all ${CERTIFICATE_USER} 127.0.0.1/32 cert`, "all all 127.0.0.1/32 scram-sha-256"],
    });
    const admin = new pg.Client({ ...secure.config, ssl: { rejectUnauthorized: false } });
    await admin.connect();
    await admin.query(`CREATE ROLE ${CERTIFICATE_USER} LOGIN`);
    await admin.end();
  },
  async tearDown() {
    await secure?.stop();
  },
});

/** A user's folder with these files; libpq looks for them where the platform has them. */
async function homeWith(t, files) {
  const home = await mkdtemp(join(tmpdir(), "home-"));
  const written = await writeFiles(Object.fromEntries(files.map(([name, text]) => [name, text])));
  t.teardown(() => Promise.all([written.remove(), rm(home, { recursive: true, force: true })]));
  const isWindows = platform() === "win32";
  const certificates = join(home, isWindows ? "postgresql" : ".postgresql");
  for (const [name] of files) {
    const isOfUser = name.startsWith(".");
    const folder = isOfUser && !isWindows ? home : certificates;
    await cp(written.paths[name], join(folder, name));
  }
  return isWindows ? { APPDATA: home } : { HOME: home };
}

const database = () => plain.server.config;

const section = (name, fields) =>
  [`[${name}]`, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`), ""].join("\n");

test("a service, however it is named; what is given comes first, and the environment last", async (t) => {
  const { host, port, user, password, database: dbname } = database();
  const all = { host, port, user, password, dbname };
  const text = `# a comment\n${section("other", { host: "nowhere.invalid" })}\n${section("app", all)}`;
  const home = await homeWith(t, [[".pg_service.conf", text]]);
  const files = await writeFiles({ mine: text, "pg_service.conf": section("of-system", all) });
  t.teardown(files.remove);
  const folder = join(files.paths.mine, "..");
  const elsewhere = { PGSERVICEFILE: files.paths.mine };
  const nowhere = { PGHOST: "nowhere.invalid", PGPORT: "1", PGPASSWORD: "wrong", PGUSER: "nobody" };
  const forms = {
    PGSERVICE: [null, { ...home, ...nowhere, PGSERVICE: "app" }],
    PGSERVICEFILE: [null, { ...elsewhere, ...nowhere, PGSERVICE: "app" }],
    PGSYSCONFDIR: [null, { ...home, PGSYSCONFDIR: folder, PGSERVICE: "of-system" }],
    "in pairs": ["service=app", { ...home, PGSERVICE: "none" }],
    "in a URL": ["postgres://?service=app", { ...home, ...nowhere }],
    "with its file": [`service=app servicefile=${files.paths.mine}`, elsewhere],
    "a field": [{ service: "app" }, home],
    "a field beside others": [
      { service: "other", host, port, user, password, database: dbname },
      home,
    ],
    "a string that says the same": [
      `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${dbname}`,
      { ...home, PGSERVICE: "other" },
    ],
  };
  for (const [what, [connection, variables]] of Object.entries(forms)) {
    await t.notThrowsAsync(open(t, connection, { variables }).connect(), what);
  }
  // pg knows no services: its pool goes where pg goes.
  const pool = new pg.Pool(database());
  const variables = { ...home, PGSERVICE: "missing" };
  await t.notThrowsAsync(open(t, pool, { variables }).connect());
  await pool.end();
});

test("a service that cannot be used", async (t) => {
  const wrong = {
    ldap: "ldap://host/dc=hunter2",
    nested: "service=app",
    pairs: "hunter2",
    unknown: "hunter2=x",
    meant: "pasword=hunter2",
  };
  const text = Object.entries(wrong).map(([name, line]) => `[${name}]\n${line}\n`);
  const files = await writeFiles({ services: text.join("") });
  t.teardown(files.remove);
  const variables = { PGSERVICEFILE: files.paths.services };
  const expected = {
    missing: /"missing"/,
    ldap: /line 2 .*LDAP/,
    nested: /line 4 /,
    pairs: /line 6 /,
    unknown: /line 8 /,
    meant: /line 10 .*"password"/,
  };
  for (const [service, pattern] of Object.entries(expected)) {
    const error = t.throws(() => open(t, { service }, { variables }), {
      instanceOf: EmitterError,
      code: "ERR_INVALID_ARG_VALUE",
    });
    t.regex(error.message, pattern);
    t.notRegex(error.message, /hunter2/);
  }
  const away = { PGSERVICE: "app", PGSERVICEFILE: "/nonexistent/services" };
  const error = t.throws(() => open(t, null, { variables: away }));
  t.regex(error.message, /\/nonexistent\/services/);
});

test("what is no file is refused, and a pipe is not waited for", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "pipes-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const none = [folder];
  if (platform() !== "win32") {
    none.push(join(folder, "pipe"));
    execFileSync("mkfifo", [none[1]]);
  }
  const { host, port, user, password, database: name } = database();
  for (const path of none) {
    const variables = { PGSERVICE: "app", PGSERVICEFILE: path };
    const { code, message } = t.throws(() => open(t, null, { variables }));
    t.is(code, "ERR_INVALID_ARG_VALUE");
    t.true(message.includes(`${path} cannot be read`), message);
    const string = `postgres://${user}@${host}:${port}/${name}?sslmode=verify-full&sslrootcert=${path}`;
    const refused = await t.throwsAsync(open(t, string).connect());
    t.true(refused.message.includes(`${path} cannot be read`), refused.message);
    // As with libpq, a password file that is none is passed over.
    const passfile = { host, port, user, database: name, password, passfile: path };
    await t.notThrowsAsync(open(t, passfile).connect());
  }
});

test("what the environment asks for and no emitter does is refused", (t) => {
  const variables = {
    PGREQUIREAUTH: "scram-sha-256",
    PGREQUIREPEER: "postgres",
    PGSSLCRL: "/a",
    PGGSSENCMODE: "require",
  };
  for (const [name, value] of Object.entries(variables)) {
    const make = () => open(t, null, { variables: { [name]: value } });
    t.regex(t.throws(make, { code: "ERR_INVALID_ARG_VALUE" }).message, new RegExp(`"${name}"`));
    t.notThrows(() => open(t, new pg.Pool(), { variables: { [name]: value } }), name);
  }
  t.notThrows(() =>
    open(t, null, { variables: { PGGSSENCMODE: "prefer", PGSSLCERTMODE: "allow" } }),
  );
  t.notThrows(() => open(t, "gssencmode=disable", { variables: { PGGSSENCMODE: "require" } }));
});

/** To the server with TLS, by a name that its certificate has unless `host` is another one. */
const toSecure = (fields, host = "db.test") => {
  const { port, user, password, database: dbname } = secure.config;
  const all = { host, hostaddr: "127.0.0.1", port, user, password, dbname, ...fields };
  return Object.entries(all)
    .map(([name, value]) => `${name}='${value}'`)
    .join(" ");
};

const UNTRUSTED = { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" };

test("root.crt is trusted where libpq's own words ask for TLS", async (t) => {
  const variables = await homeWith(t, [["root.crt", made.authority.cert]]);
  const connect = (connection) => open(t, connection, { variables }).connect();
  await t.notThrowsAsync(connect(toSecure({ sslmode: "verify-full" })));
  await t.notThrowsAsync(connect(toSecure({ sslmode: "verify-ca" }, "wrong.test")));
  await t.notThrowsAsync(connect(toSecure({ sslmode: "require" }, "wrong.test")));
  await t.throwsAsync(connect(toSecure({ sslmode: "verify-full" }, "wrong.test")), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  // To pg, `ssl: true` means the platform's roots.
  const { port, user, password, database: name } = secure.config;
  const config = { host: "db.test", hostaddr: "127.0.0.1", port, user, password, database: name };
  await t.throwsAsync(connect({ ...config, ssl: true }), UNTRUSTED);
});

test("another root.crt: a server that it does not vouch for", async (t) => {
  const variables = await homeWith(t, [["root.crt", made.stranger.cert]]);
  const connect = (connection) => open(t, connection, { variables }).connect();
  for (const sslmode of ["require", "verify-ca", "verify-full"]) {
    await t.throwsAsync(connect(toSecure({ sslmode })), UNTRUSTED, sslmode);
  }
  await t.notThrowsAsync(connect(toSecure({ sslmode: "prefer" })));
  const files = await writeFiles({ ca: made.authority.cert });
  t.teardown(files.remove);
  const given = toSecure({ sslmode: "verify-full", sslrootcert: files.paths.ca });
  await t.notThrowsAsync(connect(given));
});

test("postgresql.crt and postgresql.key are shown to the server", async (t) => {
  const files = [
    ["postgresql.crt", made.client.cert],
    ["postgresql.key", made.client.key],
  ];
  const variables = await homeWith(t, files);
  const connect = (connection) => open(t, connection, { variables }).connect();
  const asClient = { user: CERTIFICATE_USER, password: "", sslmode: "require" };
  await t.notThrowsAsync(connect(toSecure(asClient)));
  await t.throwsAsync(connect(toSecure({ ...asClient, sslcertmode: "disable" })), {
    code: "28000",
  });
});

test("root.crl is not passed over", async (t) => {
  const variables = await homeWith(t, [
    ["root.crt", made.authority.cert],
    ["root.crl", "a list"],
  ]);
  t.throws(() => open(t, toSecure({ sslmode: "verify-full" }), { variables }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.notThrows(() => open(t, toSecure({ sslmode: "prefer" }), { variables }));
});
