// Where a password comes from: the password file, or a function.

import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import pg from "pg";
import { EmitterError } from "../index.js";
import { run } from "./support/child.mjs";
import { endSessions, eventually, usePostgres } from "./support/database.mjs";
import { open } from "./support/settings.mjs";
import { listenFor } from "./support/wire.mjs";

const postgres = usePostgres(test);

const unix = platform() === "win32" ? test.skip : test;

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
  t.is(await endSessions(pool, { name: application_name, waits: false }), 1);
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
  // Kept: a promise that can no longer be settled is collected, and its question fails.
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

test("a password function is told where its password is for, as by pg", async (t) => {
  const database = await postgres.database();
  const { host, port, user, database: name } = database.config;
  const told = [];
  const password = ({ host, port, user, database }) => {
    told.push({ host, port, user, database });
    return postgres.server.config.password;
  };
  const pool = new pg.Pool({ host, port, user, database: name, password });
  t.teardown(() => pool.end());
  await pool.query("SELECT 1");
  const variables = { PGUSER: user, PGDATABASE: name };
  for (const [connection, asked] of [
    [pool],
    [{ host, port, user, database: name, password }],
    [{ connectionString: `postgres://${user}@${host}:${port}/${name}`, password }],
    [{ host, port, password }, { variables }],
  ]) {
    await open(t, connection, asked).connect();
  }
  const wanted = { host, port, user, database: name };
  t.deepEqual(told, [wanted, wanted, wanted, wanted, wanted]);
});
