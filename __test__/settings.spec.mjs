// Everything that names a server: connection strings, what pg takes, pg's own pools and clients, and
// the environment. Each form is tried with a real connection, which the server describes.

import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import test from "ava";
import pg from "pg";
import { Emitter, EmitterError } from "../index.js";
import { run } from "./support/child.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);
const quiet = { errorHandler: () => {} };

/** Runs `make` with these `PG*` variables and no others: settings are read when an emitter is made. */
function withVariables(variables, make) {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("PG")) delete process.env[name];
  }
  // A password file of whoever runs the tests must not help.
  Object.assign(process.env, { PGPASSFILE: "/nonexistent", ...variables });
  try {
    return make();
  } finally {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("PG")) delete process.env[name];
    }
    Object.assign(process.env, before);
  }
}

function open(t, connection, { variables = {}, ...options } = {}) {
  const make = () => new Emitter(connection, "/", { ...quiet, ...options });
  const emitter = withVariables(variables, make);
  t.teardown(() => emitter.close());
  return emitter;
}

/** What the server says of the one session of this name. */
async function describe(pool, name, database) {
  const { rows } = await pool.query(
    `SELECT datname, usename, client_addr IS NULL AS is_unix
       FROM pg_stat_activity WHERE application_name = $1 AND datname = $2`,
    [name, database],
  );
  return rows;
}

/** Connects, and checks who is connected to what. */
async function connects(t, { what, connection, variables, name, database, isUnix = false }) {
  const emitter = open(t, connection, { variables });
  await t.notThrowsAsync(emitter.connect(), what);
  const pool = database.pool({ max: 1 });
  const { database: datname, user: usename } = database.config;
  const rows = await describe(pool, name, datname);
  t.deepEqual(rows, [{ datname, usename, is_unix: isUnix }], what);
  await emitter.close();
  await pool.end();
}

const encode = encodeURIComponent;

test("every form of connection string", async (t) => {
  const database = await postgres.database();
  const { host, port, user, password, database: name } = database.config;
  const login = `${user}:${encode(password)}`;
  const forms = {
    uri: (app) => `postgres://${login}@${host}:${port}/${name}?application_name=${app}`,
    "the other scheme": (app) =>
      `postgresql://${login}@${host}:${port}/${name}?application_name=${app}`,
    "a uri with everything as parameters": (app) =>
      `postgres://?host=${host}&port=${port}&user=${user}&password=${encode(password)}&dbname=${name}&application_name=${app}`,
    "percent-encoding": (app) =>
      `postgres://%70ostgres:${encode(password)}@%31${host.slice(1)}:${port}/%74${name.slice(1)}?application_name=%${app.charCodeAt(0).toString(16)}${app.slice(1)}`,
    "key=value": (app) =>
      `host=${host} port = ${port} user='${user}' password='${password}' dbname=${name} application_name=${app}`,
    "several hosts, the first away": (app) =>
      `postgres://${login}@127.0.0.1:1,${host}:${port}/${name}?application_name=${app}`,
    "several hosts as key=value": (app) =>
      `host=127.0.0.1,${host} port=1,${port} user=${user} password='${password}' dbname=${name} application_name=${app} target_session_attrs=read-write`,
    "an address for a name that is none": (app) =>
      `host=no-such-host.invalid hostaddr=${host} port=${port} user=${user} password='${password}' dbname=${name} application_name=${app} target_session_attrs=primary`,
    "what needs no answer": (app) =>
      `postgres://${login}@${host}:${port}/${name}?application_name=${app}&sslmode=disable&keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=9000&connect_timeout=5&client_encoding=UTF8&gssencmode=prefer&load_balance_hosts=random&channel_binding=prefer&uselibpqcompat=true`,
  };
  let count = 0;
  for (const [what, form] of Object.entries(forms)) {
    const app = `string-${++count}`;
    await connects(t, { what, connection: form(app), name: app, database });
    await connects(t, {
      what: `${what}, within an object`,
      connection: { connectionString: form(`${app}o`), port: 1, password: "other" },
      name: `${app}o`,
      database,
    });
  }
});

const unix = platform() === "win32" ? test.skip : test;

unix("a Unix socket in every form", async (t) => {
  const database = await postgres.database();
  const { port, user, password, database: name } = database.config;
  const directory = postgres.server.socketDirectory;
  const login = `${user}:${encode(password)}`;
  const forms = [
    (app) => `postgres://${login}@${encode(directory)}:${port}/${name}?application_name=${app}`,
    (app) =>
      `postgres://${login}@:${port}/${name}?host=${encode(directory)}&application_name=${app}`,
    (app) =>
      `socket://${login}@${directory}?db=${name}&port=${port}&application_name=${app}&encoding=utf8`,
    (app) =>
      `host='${directory}' port=${port} user=${user} password='${password}' dbname=${name} application_name=${app} sslmode=verify-full`,
    (app) => ({ host: directory, port, user, password, database: name, application_name: app }),
  ];
  for (const [index, form] of forms.entries()) {
    const app = `unix-${index}`;
    await connects(t, { what: app, connection: form(app), name: app, database, isUnix: true });
  }
});

test("objects as pg takes them, pools and clients", async (t) => {
  const database = await postgres.database();
  const { config, connectionString } = database;
  const forms = {
    config: (app) => ({ ...config, application_name: app }),
    "a port as text": (app) => ({ ...config, port: String(config.port), application_name: app }),
    "much that does not concern an emitter": (app) => ({
      ...config,
      application_name: app,
      max: 5,
      idleTimeoutMillis: 1000,
      allowExitOnIdle: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 1000,
      connectionTimeoutMillis: 5000,
      client_encoding: "UTF8",
      ssl: false,
      types: pg.types,
    }),
    "an async password": (app) => ({
      ...config,
      application_name: app,
      password: async () => config.password,
    }),
    "a Pool": (app) => new pg.Pool({ ...config, application_name: app }),
    "a Pool of a string": (app) => new pg.Pool({ connectionString, application_name: app }),
    "a Pool with a password function": (app) =>
      new pg.Pool({ ...config, application_name: app, password: () => config.password }),
    "a Client": (app) => new pg.Client({ ...config, application_name: app }),
    "a Client of a string": (app) =>
      new pg.Client(`${connectionString}?application_name=${app}&sslmode=disable`),
  };
  let count = 0;
  for (const [what, form] of Object.entries(forms)) {
    const app = `object-${++count}`;
    await connects(t, { what, connection: form(app), name: app, database });
  }
});

test("nothing: the environment; and it fills what a string or an object leaves out", async (t) => {
  const database = await postgres.database();
  const { host, port, user, password, database: name } = database.config;
  const all = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: name };
  const forms = {
    nothing: { connection: undefined, variables: { ...all, PGPASSWORD: password } },
    null: { connection: null, variables: { ...all, PGPASSWORD: password } },
    "no fields": { connection: {}, variables: { ...all, PGPASSWORD: password } },
    "an empty string": { connection: "", variables: { ...all, PGPASSWORD: password } },
    "a string with a host": {
      connection: `postgres://${host}`,
      variables: { ...all, PGHOST: "127.0.0.2", PGPASSWORD: password },
    },
    "an object with a password": {
      connection: { password },
      variables: { ...all, PGPASSWORD: "wrong" },
    },
    "a Pool": { pool: {}, variables: { ...all, PGPASSWORD: password } },
  };
  let count = 0;
  for (const [what, { connection, pool, variables }] of Object.entries(forms)) {
    const app = `environment-${++count}`;
    await connects(t, {
      what,
      connection: pool ? new pg.Pool(pool) : connection,
      variables: { ...variables, PGAPPNAME: app },
      name: app,
      database,
    });
  }
  await connects(t, {
    what: "the default name",
    connection: undefined,
    variables: { ...all, PGPASSWORD: password },
    name: "socket.io-postgres-emitter",
    database,
  });
});

test("a worker's environment is its own", async (t) => {
  const database = await postgres.database();
  const source = `
    import { Worker } from "node:worker_threads";
    const code = \`
      import { Emitter } from "./index.js";
      const emitter = new Emitter();
      emitter.connect().then(() => emitter.close()).then(
        () => console.log("connected"), (error) => console.log(error.code));\`;
    new Worker(code, { eval: true, env: { PGHOST: "127.0.0.1", ...JSON.parse(process.env.OF_WORKER) } });`;
  const { port, user, password, database: name } = database.config;
  const variables = {
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: name,
  };
  const { stdout, stderr } = await run(source, {
    env: { PGPORT: "1", OF_WORKER: JSON.stringify(variables) },
  });
  t.is(stdout, "connected\n", stderr);
});

unix("the password file, unless others can read it", async (t) => {
  const database = await postgres.database();
  const { host, port, user, password, database: name } = database.config;
  const folder = await mkdtemp(join(tmpdir(), "pgpass-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, ".pgpass");
  const escaped = password.replaceAll(/[\\:]/g, "\\$&");
  await writeFile(path, `# a comment\nother:*:*:*:wrong\n${host}:${port}:*:${user}:${escaped}\n`);
  const connection = { host, port, user, database: name };
  const asked = { variables: { PGPASSFILE: path } };

  await chmod(path, 0o644);
  const exposed = await t.throwsAsync(open(t, connection, asked).connect(), {
    instanceOf: EmitterError,
    code: "ERR_PASSWORD_MISSING",
  });
  t.true(exposed.message.includes(path) && exposed.message.includes("0600"));
  await chmod(path, 0o600);
  await t.notThrowsAsync(open(t, connection, asked).connect());
  const ofHome = { variables: { PGPASSFILE: "" } };
  const home = process.env.HOME;
  process.env.HOME = folder;
  const emitter = open(t, connection, ofHome);
  process.env.HOME = home;
  await t.notThrowsAsync(emitter.connect());
  await t.throwsAsync(open(t, { ...connection, user: "nobody" }, asked).connect(), {
    code: "ERR_PASSWORD_MISSING",
  });
  t.pass();
});

test("a password function is asked at every connection, and its failures have codes", async (t) => {
  const database = await postgres.database();
  const pool = database.pool({ max: 1 });
  const listener = await listenFor(t, database);
  let asked = 0;
  const answers = [() => database.config.password, () => undefined, () => 5];
  const password = async () => {
    asked += 1;
    return database.config.password;
  };
  const application_name = "asked";
  const emitter = open(t, { ...database.config, application_name, password });
  await emitter.emit("first");
  t.is(asked, 1);
  await pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
    [application_name],
  );
  await eventually(() => emitter.state !== "connected", "the connection was lost");
  await emitter.emit("second");
  t.is(asked, 2);
  await listener.next(2);

  const failing = (password) => open(t, { ...database.config, password }).connect();
  await t.notThrowsAsync(failing(answers[0]));
  await t.throwsAsync(failing(answers[1]), { code: "ERR_PASSWORD_MISSING" });
  await t.throwsAsync(failing(answers[2]), { code: "ERR_INVALID_ARG_TYPE" });
  await t.throwsAsync(
    failing(() => "wrong"),
    { code: "28P01" },
  );
  const thrown = await t.throwsAsync(
    failing(() => {
      throw new Error("no token today");
    }),
    { code: "ERR_PASSWORD" },
  );
  t.regex(thrown.message, /no token today/);
  await t.throwsAsync(
    failing(() => Promise.reject()),
    { code: "ERR_PASSWORD" },
  );
});

test("a password function that is late: the time limit counts, and what fails is tried again", async (t) => {
  const database = await postgres.database();
  // Kept, for a promise that nobody can settle any more is collected, and its question fails.
  const kept = [];
  const never = () => new Promise((resolve) => kept.push(resolve));
  const settings = database.config;
  const late = open(t, { ...settings, connectionTimeoutMillis: 200, password: never });
  await t.throwsAsync(late.connect(), { code: "ETIMEDOUT" });
  t.is(kept.length, 1);
  const failed = open(
    t,
    { ...settings, password: () => Promise.reject(new Error("away")) },
    { publishTimeoutMillis: 300 },
  );
  const error = await t.throwsAsync(failed.emit("e"), { code: "ERR_TIMEOUT" });
  t.is(error.cause.code, "ERR_PASSWORD");

  let asked = 0;
  const password = () => {
    asked += 1;
    if (asked === 1) throw new Error("away for now");
    return database.config.password;
  };
  await open(t, { ...settings, password }).emit("e");
  t.is(asked, 2);
});

test("a password function holds neither the process nor the emitter", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const config = JSON.parse(process.env.CONFIG);
    const held = { password: async () => config.password };
    let emitter = new Emitter({ ...config, password: () => held.password() });
    await emitter.emit("e");
    const gone = new WeakRef(emitter);
    emitter = undefined;
    for (let turn = 0; gone.deref() && turn < 100; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      gc();
    }
    console.log(gone.deref() ? "kept" : "collected");
    const idle = new Emitter({ ...config, password: () => held.password() });
    await idle.connect();
    globalThis.idle = idle;`;
  const env = { CONFIG: JSON.stringify(postgres.server.config) };
  const { code, killed, stdout, stderr } = await run(source, { env, flags: ["--expose-gc"] });
  t.deepEqual({ code, killed, stdout }, { code: 0, killed: false, stdout: "collected\n" }, stderr);
});

test("each address has its own time: one that is silent does not keep the next from its turn", async (t) => {
  const database = await postgres.database();
  const sockets = [];
  const silent = createServer((socket) => sockets.push(socket.on("error", () => {})));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { host, port, ...rest } = database.config;
  const emitter = open(t, {
    ...rest,
    connectionString: `postgres://127.0.0.1:${silent.address().port},${host}:${port}`,
    connectionTimeoutMillis: 2000,
  });
  await t.notThrowsAsync(emitter.connect());
  t.is(sockets.length, 1);
});

test("a host that refuses the user ends the attempt, as with libpq", async (t) => {
  const database = await postgres.database();
  const { host, port, user } = database.config;
  const connection = `postgres://${user}:wrong@${host}:${port},127.0.0.1:1`;
  await t.throwsAsync(open(t, connection).connect(), { code: "28P01" });
});

test("a server that takes no writes is not the wanted one", async (t) => {
  const database = await postgres.database();
  const { user, database: name } = database.config;
  const pool = database.pool({ max: 1 });
  await pool.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
  const connection = (attribute) =>
    `${database.connectionString}?target_session_attrs=${attribute}`;
  await t.notThrowsAsync(open(t, connection("any")).connect(), user);
  // It is the primary, although it takes no writes by default.
  await t.notThrowsAsync(open(t, connection("primary")).connect());
  await t.throwsAsync(open(t, connection("read-write")).connect(), { code: "25006" });
});

test("options of the session: those that were given", async (t) => {
  const database = await postgres.database();
  const { config, connectionString } = database;
  const pool = database.pool({ max: 1 });
  await pool.query(
    `ALTER ROLE postgres IN DATABASE "${config.database}" SET client_min_messages = error`,
  );
  // A statement that the time limit of the session ends shows that it was set.
  await pool.query(
    "CREATE TABLE socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)",
  );
  const client = await pool.connect();
  await client.query("BEGIN; LOCK TABLE socket_io_attachments");
  t.teardown(async () => {
    await client.query("ROLLBACK");
    client.release();
  });
  const limit = "200";
  for (const connection of [
    `${connectionString}?options=-c%20lock_timeout%3D${limit}`,
    `${connectionString}?lock_timeout=${limit}`,
    { ...config, lock_timeout: Number(limit) },
    { ...config, options: `-c lock_timeout=${limit}` },
    new pg.Pool({ ...config, lock_timeout: Number(limit) }),
  ]) {
    const emitter = open(t, connection);
    await t.throwsAsync(emitter.emit("e", Buffer.from([1])), { code: "55P03" });
  }
});

test("what cannot be meant is refused at once, by its name, and without a secret", (t) => {
  const base = "postgres://u:hunter2@h/d";
  const wrong = [
    [`${base}?sslmod=require`, /"sslmod"/],
    [`${base}?max=5`, /"max"/],
    [`${base}?sslcrl=/a`, /"sslcrl"/],
    [`${base}?requirepeer=a`, /"requirepeer"/],
    [`${base}?sslmode=maybe`, /"sslmode"/],
    [`${base}?connect_timeout=soon`, /"connect_timeout"/],
    [`${base}?target_session_attrs=standby`, /"target_session_attrs"/],
    [`${base}?ssl_min_protocol_version=TLSv9`, /"ssl_min_protocol_version"/],
    [`${base}?sslcert=/a`, /"sslkey"/],
    ["host=h password=hunter2 colour=red", /"colour"/],
    ["host=a,b,c port=1,2 password=hunter2", /"port"/],
    ["postgres://u:hunter2?x=y@h/d", /cannot be read/],
    ["postgres://u:hunter2/z@h/d", /cannot be read/],
    [{ host: "h", password: "hunter2", stream: () => {} }, /stream/],
    [{ host: "h", password: "hunter2", replication: "database" }, /replication/],
    [{ host: "h", password: "hunter2", ssl: { ca: "no certificate" } }, /ssl\.ca/],
    [{ host: "h", password: "hunter2", ssl: { pfx: Buffer.from("x") } }, /ssl\.pfx/],
    [{ host: "h", password: "hunter2", ssl: { checkServerIdentity() {} } }, /checkServerIdentity/],
    [{ host: "h", password: "hunter2", ssl: "require" }, /ssl/],
    [{ query: async () => {} }, /Emitter\.using/],
  ];
  for (const [connection, pattern] of wrong) {
    const error = t.throws(() => open(t, connection), {
      instanceOf: EmitterError,
      code: "ERR_INVALID_ARG_VALUE",
    });
    t.regex(error.message, pattern);
    t.false(inspect(error, { showHidden: true }).includes("hunter2"));
  }
  for (const connection of [
    { host: 5 },
    { port: {} },
    { password: 5 },
    { keepAlive: "yes" },
    { connectionTimeoutMillis: "5" },
    { ssl: 5 },
    { ssl: { ca: 5 } },
    { ssl: { servername: 5 } },
    { statement_timeout: {} },
  ]) {
    t.throws(() => open(t, connection), { code: "ERR_INVALID_ARG_TYPE" }, inspect(connection));
  }
});
