// Settings that cannot be what was meant: refused when an emitter is made, with what to write instead,
// and without a secret. Nothing here talks to a server.

import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import test from "ava";
import { Emitter, EmitterError } from "../index.js";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { open, refused } from "./support/settings.mjs";

const TYPE = "ERR_INVALID_ARG_TYPE";

const _VALUE = "ERR_INVALID_ARG_VALUE";

test("what cannot be meant is refused at once, by its name, and without a secret", (t) => {
  const base = "postgres://u:hunter2@h/d";
  const wrong = [
    [`${base}?sslmod=require`, /"sslmod"/],
    [`${base}?sslcrl=/a`, /"sslcrl"/],
    [`${base}?requirepeer=a`, /"requirepeer"/],
    [`${base}?sslmode=maybe`, /"sslmode"/],
    [`${base}?connect_timeout=soon`, /"connect_timeout"/],
    [`${base}?target_session_attrs=standby`, /"target_session_attrs"/],
    [`${base}?ssl_min_protocol_version=TLSv9`, /"ssl_min_protocol_version"/],
    [`${base}?sslcert=/a`, /"sslkey"/],
    [`${base}?colour=red`, /"colour"/],
    [`${base}?shema=a`, /did you mean "schema"/],
    [`${base}?conection_limit=1`, /did you mean "connection_limit"/],
    [`${base}?dbname=other`, /one database/],
    [`${base}?db=other`, /one database/],
    [`${base}?Username=me`, /"user"/],
    [`${base}?sslidentity=/a`, /sslcert/],
    [`${base}?targetServerType=secondary`, /target_session_attrs/],
    [`${base}?sslmode`, /character 26/],
    [`${base}?sslaccept=maybe`, /sslaccept/],
    ["host=h password=hunter2 colour=red", /character 25/],
    ["host=h password=a hunter2=red", /character 19/],
    ["host=h password=a hunter2 b", /character 19/],
    ["host=h password='hunter2", /character 8/],
    ["host=a,b,c port=1,2 password=hunter2", /"port"/],
    ["postgres://u:hunter2?x=y@h/d", /cannot be read/],
    ["postgres://u:hunter2/z@h/d", /cannot be read/],
    ["postgres://u:p@hunter2/z@h/d", /cannot be read/],
    ["postgres://u:hunter2%@h/d", /the % at character 21 /],
    ["postgres://u:hunter2%zz@h/d", /the % at character 21 /],
    ["mysql://u:hunter2@h/d", /mysql:\/\//],
    ["prisma+postgres://h/?api_key=hunter2", /directUrl/],
    ["jdbc:postgresql://h/d?password=hunter2", /jdbc:postgresql/],
    ["http://u:hunter2@h/d", /http:\/\//],
    ["hunter2://h/d", /neither/],
    ["'postgres://u:hunter2@h/d'", /quotes/],
    ['"host=h password=hunter2"', /quotes/],
    ["DATABASE_URL=postgres://u:hunter2@h/d", /character 14/],
    ["Host=h;Username=u;Password=hunter2", /separated/],
    [new URL("mysql://u:hunter2@h/d"), /mysql/],
    [{ host: "postgres://u:hunter2@h/d" }, /"host"/],
    [{ host: "h:5432" }, /"host"/],
    [{ host: "h", database: "postgres://u:hunter2@h/d" }, /"dbname"/],
    [{ host: "h", sslcrl: "/a" }, /"sslcrl"/],
    [{ host: "h", sslmode: "maybe" }, /"sslmode"/],
    [{ host: "h", password: "hunter2", stream: () => {} }, /stream/],
    [{ host: "h", password: "hunter2", replication: "database" }, /replication/],
    [{ host: "h", password: "hunter2", ssl: { ca: "no certificate" } }, /ssl\.ca/],
    [{ host: "h", password: "hunter2", ssl: { pfx: Buffer.from("x") } }, /ssl\.pfx/],
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

test("an option that is unknown, with the one that was meant", (t) => {
  const meant = {
    chanelPrefix: "channelPrefix",
    channel_prefix: "channelPrefix",
    prefix: "channelPrefix",
    errorhandler: "errorHandler",
    onError: "errorHandler",
    publishTimeout: "publishTimeoutMillis",
    publishTimeoutMilis: "publishTimeoutMillis",
    heartbeatTimeout: "heartbeatTimeoutMillis",
    maxQueueByte: "maxQueueBytes",
    table: "tableName",
    tablename: "tableName",
    retryunknown: "retryUnknown",
    listenconnection: "listenConnection",
    onStatechange: "onStateChange",
    paylodThreshold: "payloadThreshold",
    onerror: "errorHandler",
    handler: "errorHandler",
    ttl: "attachmentTtlMillis",
    timeoutMs: "publishTimeoutMillis",
    discoveryMs: "discoveryMillis",
    listener_idle_seconds: "listenerIdleMillis",
  };
  const query = async () => {};
  for (const [name, known] of Object.entries(meant)) {
    const question = `options.${name} is unknown: did you mean ${known}?`;
    for (const value of ["x", 10, undefined, null]) {
      refused(t, () => new Emitter(NOWHERE, "/", { [name]: value }), [question]);
      refused(t, () => Emitter.using({ query }, "/", { [name]: value }), [question]);
    }
  }
  refused(t, () => new Emitter(NOWHERE, "/", { cleanupInterval: 5 }), ["cleanupInterval"]);
  refused(t, () => new Emitter(NOWHERE, "/", Object.create({ colour: 5 })), ["colour"]);
  const secret = { "postgres://u:hunter2@h": 5 };
  t.notRegex(t.throws(() => new Emitter(NOWHERE, "/", secret)).message, /hunter2/);
  for (const options of [[], ["x"]]) refused(t, () => new Emitter(NOWHERE, "/", options), [], TYPE);
});

test("options of every kind of object, and with more than options have", (t) => {
  class Options {
    channelPrefix = "p";
    get tableName() {
      return "t";
    }
    method() {}
  }
  const given = [
    new Options(),
    Object.assign(Object.create(null), { channelPrefix: "p" }),
    Object.create({ channelPrefix: "p" }),
    Object.freeze({ channelPrefix: "p", [Symbol("mark")]: 5 }),
  ];
  for (const options of given) {
    t.is(emitterFor(t, NOWHERE, "/", options).channel, "p#/", inspect(options));
  }
});

test("every option that the types have is known, and no other", async (t) => {
  const types = await readFile(new URL("../index.d.ts", import.meta.url), "utf8");
  const [, body] = types.match(/^export interface EmitterOptions \{\n(.*?)^\}/ms);
  const names = [...body.matchAll(/^ {2}(\w+)\?: /gm)].map(([, name]) => name);
  t.true(names.length > 10);
  for (const name of names) {
    t.notThrows(() => emitterFor(t, NOWHERE, "/", { [name]: undefined }), name);
  }
});

test("every field that the types have is known", async (t) => {
  const types = await readFile(new URL("../index.d.ts", import.meta.url), "utf8");
  let count = 0;
  for (const of of ["ConnectionSettings", "LibpqSettings", "PoolSettings"]) {
    const [, body] = types.match(new RegExp(`^export interface ${of} \\{\\n(.*?)^\\}`, "ms"));
    for (const [, name] of body.matchAll(/^ {2}(\w+)\?: /gm)) {
      count += 1;
      t.notThrows(() => open(t, { host: "h", [name]: name === "host" ? "h" : null }), name);
    }
  }
  t.true(count > 50);
});

test("a field that is unknown, with the one that was meant", (t) => {
  const meant = {
    dbname: "database",
    db: "database",
    dbName: "database",
    databse: "database",
    url: "connectionString",
    uri: "connectionString",
    connectionURL: "connectionString",
    connectionstring: "connectionString",
    hostname: "host",
    hots: "host",
    username: "user",
    usr: "user",
    pasword: "password",
    pass: "password",
    passwd: "password",
    tls: "ssl",
    sslMode: "sslmode",
    applicationName: "application_name",
    connectionTimeout: "connectionTimeoutMillis",
    statementTimeout: "statement_timeout",
    service_file: "servicefile",
    idleTimeoutMilis: "idleTimeoutMillis",
    ca: "ssl.ca",
    cert: "ssl.cert",
    rejectUnauthorized: "ssl.rejectUnauthorized",
    ip: "host",
  };
  for (const [name, known] of Object.entries(meant)) {
    for (const value of ["hunter2", undefined]) {
      const connection = { host: "h", [name]: value };
      const question = `connection.${name} is unknown: did you mean ${known}?`;
      refused(t, () => new Emitter(connection), [question]);
      const options = { listenConnection: connection };
      refused(t, () => new Emitter(NOWHERE, "/", options), ["options.listenConnection", question]);
    }
  }
  for (const name of ["colour", "client", "connection"]) {
    refused(t, () => new Emitter({ host: "h", [name]: {} }), [name]);
  }
});
