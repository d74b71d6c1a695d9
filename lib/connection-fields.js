"use strict";

/** Names of texts: those of `pg`, and the native side's. */
const TEXTS = {
  connectionString: "connectionString",
  host: "host",
  user: "user",
  database: "database",
  options: "options",
  application_name: "applicationName",
};

/** Settings of the session that `pg` has options for. */
const SESSION = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];

/** Fields of `pg` that no emitter can honour: passed over, they would lead to another server. */
const REFUSED = ["stream", "replication"];

/** The fields that are read of an object. */
const READ = new Set([
  ...Object.keys(TEXTS),
  ...SESSION,
  ...REFUSED,
  "connectionTimeoutMillis",
  "fallback_application_name",
  "keepAlive",
  "keepAliveInitialDelayMillis",
  "password",
  "port",
  "ssl",
  "sslnegotiation",
]);

/** Fields of `pg` and its pools that make no difference to an emitter. */
const PASSED_OVER = new Set([
  "Client",
  "Promise",
  "enableChannelBinding",
  "isDomainSocket",
  "log",
  "onConnect",
  "parseInputDatesAsUTC",
  "parseInt8",
  "pipeline",
  "poolIdleTimeout",
  "reapIntervalMillis",
  "rows",
  "scramMaxIterations",
  "types",
  "verify",
]);

/** Fields by the names that other clients have for them. */
const MEANT = {
  DATABASE_URL: "connectionString",
  addr: "host",
  address: "host",
  appName: "application_name",
  ca: "ssl.ca",
  cert: "ssl.cert",
  connectTimeout: "connectionTimeoutMillis",
  connectionURL: "connectionString",
  connectionUri: "connectionString",
  connectionUrl: "connectionString",
  databaseName: "database",
  databaseUrl: "connectionString",
  db: "database",
  dbName: "database",
  dbname: "database",
  dsn: "connectionString",
  hostName: "host",
  hostname: "host",
  ip: "host",
  key: "ssl.key",
  login: "user",
  pass: "password",
  passwd: "password",
  pwd: "password",
  rejectUnauthorized: "ssl.rejectUnauthorized",
  role: "user",
  server: "host",
  socketPath: "host",
  tls: "ssl",
  uri: "connectionString",
  url: "connectionString",
  userName: "user",
  userid: "user",
  username: "user",
};

/** The fields that say which server is meant. */
const PLACES = ["host", "hostaddr", "port", "user", "database", "service"];

/** Variables beside `PG…` that say where files are. */
const VARIABLES = ["APPDATA", "HOME", "NODE_EXTRA_CA_CERTS"];

module.exports = { MEANT, PASSED_OVER, PLACES, READ, REFUSED, SESSION, TEXTS, VARIABLES };
