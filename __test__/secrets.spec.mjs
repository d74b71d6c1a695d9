// A password appears nowhere; failures that are not handled go to `debug`.

import { inspect } from "node:util";
import test from "ava";
import { Emitter } from "../index.js";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { outcome } from "./support/emitters.mjs";

const PASSWORD = "s3cr3t p@ss/word";
const FORMS = [PASSWORD, encodeURIComponent(PASSWORD), "s3cr3t"];
const postgres = usePostgres(test);

const url = (rest) => `postgres://user:${encodeURIComponent(PASSWORD)}@${rest}`;

/** Everything a program may print of `value`. */
function printed(value) {
  const deep = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
  const own = Object.getOwnPropertyNames(value).map((name) => String(value[name]));
  return [inspect(value), inspect(value, deep), JSON.stringify(value), String(value), ...own];
}

function clean(t, value, what) {
  for (const text of printed(value)) {
    for (const secret of FORMS) {
      t.false(String(text).includes(secret), `${what}: ${text}`);
    }
  }
}

test("no password in an emitter, nor in an error", async (t) => {
  const { host, port } = postgres.server.config;
  const connections = {
    "a URL": url(`${host}:${port}/postgres`),
    "an object": { host, port, user: "user", password: PASSWORD, database: "postgres" },
    "an object with a URL": { connectionString: url(`${host}:${port}/postgres`) },
    "nothing listening": url("127.0.0.1:1/d"),
    "an unknown host": url("no-such-host.invalid/d"),
  };
  for (const [what, connection] of Object.entries(connections)) {
    const handled = [];
    const errorHandler = (error) => handled.push(error);
    const emitter = new Emitter(connection, "/", { errorHandler, publishTimeoutMillis: 500 });
    t.teardown(() => emitter.close());
    for (const value of [emitter, emitter.of("/a"), emitter.to("r")]) {
      clean(t, value, what);
    }
    const { reason } = await outcome(emitter.emit("e"));
    t.truthy(reason, what);
    for (const error of [reason, ...handled, (await outcome(emitter.connect())).reason]) {
      clean(t, error, what);
      for (let { cause } = error; cause; { cause } = cause) {
        clean(t, cause, what);
      }
    }
    clean(t, emitter, what);
  }
});

test("no password in the error for a connection string that is none", (t) => {
  const wrong = [
    url("host:port/d"),
    url("host:99999/d"),
    url("[::1/d"),
    `postgress://user:${PASSWORD}@host/d`,
    `user:${PASSWORD}@host`,
    `host=h password=${PASSWORD} port=x`,
    `postgres://user:${PASSWORD}%zz@host/d`,
  ];
  for (const connection of wrong) {
    try {
      new Emitter(connection);
    } catch (error) {
      clean(t, error, "connection string");
    }
  }
  const error = t.throws(() => new Emitter(url("host:port/d")));
  clean(t, error, "port");
});

test("by default failures go to debug, without a password", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION, "/", { publishTimeoutMillis: 100 });
    await emitter.emit("e").catch(() => {});
    await emitter.to("a").emit("e", 1n).catch(() => {});
    await emitter.close();
    console.log("done");`;
  const env = { CONNECTION: url("127.0.0.1:1/d") };
  const quiet = await run(source, { env: { ...env, DEBUG: "" } });
  t.is(quiet.stdout, "done\n");
  t.is(quiet.stderr, "");

  for (const DEBUG of ["socket.io-postgres-emitter", "*"]) {
    const { code, stdout, stderr } = await run(source, { env: { ...env, DEBUG } });
    t.is(code, 0);
    t.is(stdout, "done\n");
    t.regex(stderr, /socket\.io-postgres-emitter/);
    t.regex(stderr, /ECONNREFUSED/);
    for (const secret of FORMS) {
      t.false(stderr.includes(secret));
    }
  }
});

test("no password in what is logged of a message that went well", async (t) => {
  const source = `
    import { Emitter } from "./index.js";
    const emitter = new Emitter(process.env.CONNECTION);
    await emitter.emit("e");
    await emitter.close();`;
  const env = { CONNECTION: postgres.server.connectionString, DEBUG: "*" };
  const { code, stderr } = await run(source, { env });
  t.is(code, 0, stderr);
  t.false(stderr.includes(postgres.server.config.password));
});
