// Everything that names a server: connection strings, what pg takes, pg's own pools and clients, and
// the environment. Each form is tried with a real connection, which the server describes.
//
// Longer than 300 lines: one form of settings after the other, each with the same few helpers.

import { platform } from "node:os";
import test from "ava";
import pg from "pg";
import { startTcpServer } from "../tools/tcp-server.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { open } from "./support/settings.mjs";

const postgres = usePostgres(test);

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
    "a scheme in capitals, and line ends around it": (app) =>
      `\n PostgreSQL://${login}@${host}:${port}/${name}?application_name=${app}\r\n`,
    "parameters of Prisma, Supabase, Vercel, pgx, JDBC and others": (app) =>
      `postgres://${login}@${host}:${port}/${name}?schema=public&pgbouncer=true&connection_limit=1&pool_timeout=0&sslaccept=accept_invalid_certs&supa=base-pooler.x&workaround=supabase-pooler.vercel&max=5&pool_max_conns=4&statement_cache_capacity=0&search_path=public&currentSchema=public&prepareThreshold=0&conn_max_age=60&x-migrations-table=m&pgbouncer&application_name=${app}`,
    "several hosts, the first away": (app) =>
      `postgres://${login}@127.0.0.1:1,${host}:${port}/${name}?application_name=${app}`,
    "several hosts as key=value": (app) =>
      `host=127.0.0.1,${host} port=1,${port} user=${user} password='${password}' dbname=${name} application_name=${app} target_session_attrs=read-write`,
    "an address for a name that is none": (app) =>
      `host=no-such-host.invalid hostaddr=${host} port=${port} user=${user} password='${password}' dbname=${name} application_name=${app} target_session_attrs=primary`,
    "what needs no answer": (app) =>
      `postgres://${login}@${host}:${port}/${name}?application_name=${app}&sslmode=disable&keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=9000&connect_timeout=5&client_encoding=UTF8&gssencmode=prefer&load_balance_hosts=random&channel_binding=prefer&uselibpqcompat=true`,
    "probes as rare as no system takes them": (app) =>
      `postgres://${login}@${host}:${port}/${name}?application_name=${app}&keepalives_idle=36000&keepalives_interval=2147483647&keepalives_count=1000&tcp_user_timeout=2147483647&connect_timeout=2147483647`,
  };
  let count = 0;
  for (const [what, form] of Object.entries(forms)) {
    const app = `string-${++count}`;
    await connects(t, { what, connection: form(app), name: app, database });
    if (form(app).trim().startsWith("postgres")) {
      await connects(t, {
        what: `${what}, as a URL`,
        connection: URL.canParse(form(`${app}u`)) ? new URL(form(`${app}u`)) : form(`${app}u`),
        name: `${app}u`,
        database,
      });
    }
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
    "probes after less than a second": (app) => ({
      ...config,
      application_name: app,
      keepAliveInitialDelayMillis: 1,
    }),
    "probes after a day": (app) => ({
      ...config,
      application_name: app,
      keepAliveInitialDelayMillis: 86_400_000,
    }),
    "what pg-connection-string makes of a URL": (app) =>
      Object.assign(Object.create(null), {
        ...config,
        port: String(config.port),
        application_name: app,
        client_encoding: null,
        schema: "public",
        keepalives: "1",
        uselibpqcompat: "true",
      }),
    "an instance of a class": (app) =>
      new (class Config {
        host = config.host;
        port = config.port;
        application_name = app;
        get user() {
          return config.user;
        }
        get password() {
          return config.password;
        }
        get database() {
          return config.database;
        }
      })(),
    "what is inherited": (app) => Object.create({ ...config, application_name: app }),
    "no connection string, beside fields": (app) => ({
      ...config,
      application_name: app,
      connectionString: undefined,
      sslmode: "disable",
      keepalives: true,
      connect_timeout: 5,
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
    "a Pool of a string that holds what no emitter knows": (app) =>
      new pg.Pool({
        connectionString: `${connectionString}?colour=red&sslcrl=/a&target_session_attrs=standby&keepalives=x&application_name=${app}`,
        connectionTimeoutMillis: "5000",
        keepAlive: "yes",
        colour: "red",
      }),
    "a Pool of a string whose parameters name another database": (app) =>
      new pg.Pool({
        connectionString: `${connectionString}?dbname=x&database=y&db=z&application_name=${app}#end`,
      }),
    "a string that is a URL": (app) => ({
      connectionString: new URL(`${connectionString}?application_name=${app}`),
    }),
    "a Pool of a string with a stray %": (app) =>
      new pg.Pool({
        ...config,
        connectionString: `postgres://${config.host}:${config.port}?application_name=${app}&colour=100%zz`,
      }),
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

test("null: the environment; and it fills what a string or an object leaves out", async (t) => {
  const database = await postgres.database();
  const { host, port, user, password, database: name } = database.config;
  const all = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: name };
  const forms = {
    null: { connection: null, variables: { ...all, PGPASSWORD: password } },
    "no fields": { connection: {}, variables: { ...all, PGPASSWORD: password } },
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
    connection: null,
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

test("each address has its own time: one that is silent does not keep the next from its turn", async (t) => {
  const database = await postgres.database();
  const silent = await startTcpServer();
  t.teardown(silent.close);
  const { host, port, ...rest } = database.config;
  const emitter = open(t, {
    ...rest,
    connectionString: `postgres://127.0.0.1:${silent.port},${host}:${port}`,
    // Enough for a login on a busy machine: the silent one takes as long.
    connectionTimeoutMillis: 8_000,
  });
  await t.notThrowsAsync(emitter.connect());
  t.is(silent.sockets.length, 1);
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
