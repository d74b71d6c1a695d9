// What is no settings: other objects, and clients of other libraries.

import { inspect } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import test from "ava";
import { drizzle } from "drizzle-orm/node-postgres";
import { drizzle as drizzleOnPostgresJs } from "drizzle-orm/postgres-js";
import knex from "knex";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import postgresJs from "postgres";
import { Server } from "socket.io";
import { DataSource } from "typeorm";
import { Emitter, EmitterError } from "../index.js";
import { command } from "./support/command.mjs";
import { emitterFor, NOWHERE } from "./support/emitters.mjs";
import { open, refused } from "./support/settings.mjs";

const TYPE = "ERR_INVALID_ARG_TYPE";

const VALUE = "ERR_INVALID_ARG_VALUE";

test("an object that is no settings", (t) => {
  const none = [
    [],
    ["h"],
    new Map([["host", "h"]]),
    new Set(),
    new Date(),
    /h/,
    new Error("h"),
    Buffer.from("h"),
  ];
  for (const connection of none) {
    const error = t.throws(() => new Emitter(connection), { instanceOf: EmitterError });
    t.true([TYPE, VALUE].includes(error?.code), inspect(connection));
  }
  t.notThrows(() => open(t, {}));
  t.notThrows(() => open(t, Object.create(null)));
});

test("clients of other libraries, by their names", async (t) => {
  const pool = new pg.Pool();
  const sql = postgresJs(NOWHERE, { max: 1 });
  const query = knex({ client: "pg" });
  const kysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
  const server = new Server();
  const lite = new PGlite();
  const source = new DataSource({ type: "postgres", url: NOWHERE });
  const clients = {
    "the sql of postgres.js": [sql, "connection string"],
    Knex: [query, "connection string"],
    Kysely: [kysely, "pg.Pool"],
    Drizzle: [drizzle(pool), "$client"],
    "Drizzle's database": [drizzleOnPostgresJs(sql), "Emitter.using"],
    "a DataSource of TypeORM": [source, "connection string"],
    "an EntityManager of TypeORM": [source.manager, "Emitter.using"],
    "a QueryRunner of TypeORM": [source.createQueryRunner(), "Emitter.using"],
    PGlite: [lite, "Emitter.using"],
    "a promise": [Promise.resolve(pool), "await"],
    "an emitter": [new Emitter(NOWHERE), "as it is"],
    "a Server of Socket.IO": [server, "pg.Pool"],
    "a Namespace of Socket.IO": [server.of("/"), "pg.Pool"],
    "the module pg": [pg, "new pg.Pool()"],
    // Doubles of what is not installed here, with the methods they are known by.
    "a Prisma client": [{ $connect() {}, $disconnect() {}, $queryRaw() {} }, "Emitter.using"],
    Sequelize: [{ define() {}, authenticate() {}, query() {}, options: {} }, "connection string"],
    MikroORM: [{ getSchemaGenerator() {}, em: {} }, "connection string"],
    "the database of pg-promise": [{ oneOrNone() {}, tx() {}, query() {} }, "$pool"],
    "the client of Supabase": [{ from() {}, rpc() {} }, "URL"],
  };
  for (const [name, [client, instead]] of Object.entries(clients)) {
    refused(t, () => new Emitter(client), [`connection is ${name}`, instead]);
  }
  await Promise.all([sql.end(), query.destroy(), lite.close(), pool.end()]);
});

test("a variable that is not set", async (t) => {
  const unset = [
    undefined,
    "",
    " \n",
    { connectionString: undefined },
    { connectionString: "" },
    { connectionString: undefined, ssl: { rejectUnauthorized: false }, max: 5 },
  ];
  for (const connection of unset) {
    const is = /undefined/.test(inspect(connection)) ? "undefined" : "empty";
    refused(t, () => new Emitter(connection), [is, "set?"]);
    refused(t, () => new Emitter(connection, "/", {}), [is, "set?"]);
    if (connection === undefined) continue;
    const options = { listenConnection: connection };
    refused(t, () => new Emitter(NOWHERE, "/", options), ["options.listenConnection", "set?"]);
  }
  for (const connection of [
    null,
    {},
    { connectionString: null },
    { connectionString: undefined, host: "h" },
  ]) {
    t.notThrows(() => open(t, connection), inspect(connection));
  }
  t.notThrows(() => new Emitter());
  t.notThrows(() => emitterFor(t, NOWHERE, "/", { listenConnection: undefined }));

  for (const args of [["emit", "e"], ["watch"]]) {
    const { code, stderr } = await command([...args, "--url", ""]);
    t.is(code, 1, stderr);
    t.regex(stderr, /the connection string is empty/);
  }
});
