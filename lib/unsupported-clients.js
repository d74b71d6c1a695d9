"use strict";

const { invalidValue } = require("./errors.js");

const has = (value, ...names) => names.every((name) => typeof value[name] === "function");

const drizzleKind = Symbol.for("drizzle:entityKind");

const STRING = "the connection string it was made with";
const USING = "Emitter.using() sends on its connection (docs/transactions.md)";

/**
 * The clients that are mistaken for a connection: the name, how one is recognized without its package, and
 * what to give instead.
 */
const CLIENTS = [
  ["a promise", (value) => has(value, "then"), "await it first"],
  [
    "Drizzle's database",
    (value) => typeof value.constructor?.[drizzleKind] === "string",
    `give the pg.Pool within, its $client; or ${USING}`,
  ],
  [
    "a Prisma client",
    (value) => has(value, "$connect", "$disconnect"),
    `give ${STRING}; or ${USING}`,
  ],
  [
    "Knex",
    (value) => has(value, "raw", "transaction") && value.client !== undefined,
    `give ${STRING}; or ${USING}`,
  ],
  [
    "the sql of postgres.js",
    (value) => typeof value === "function" && has(value, "begin", "unsafe"),
    `give ${STRING}; or ${USING}`,
  ],
  [
    "Neon's sql over HTTP",
    (value) => typeof value === "function" && has(value, "query", "unsafe", "transaction"),
    `give ${STRING}`,
  ],
  [
    "Kysely",
    (value) => has(value, "selectFrom", "insertInto"),
    `give the pg.Pool of its dialect; or ${USING}`,
  ],
  ["Sequelize", (value) => has(value, "define", "authenticate"), `give ${STRING}; or ${USING}`],
  [
    "a DataSource of TypeORM",
    (value) => has(value, "createQueryRunner", "getRepository"),
    `give ${STRING}; or ${USING}`,
  ],
  ["an EntityManager of TypeORM", (value) => has(value, "query", "getRepository"), USING],
  ["a QueryRunner of TypeORM", (value) => has(value, "query", "startTransaction"), USING],
  [
    "MikroORM",
    (value) => has(value, "getSchemaGenerator") || has(value, "fork", "getConnection"),
    `give ${STRING}; or ${USING}`,
  ],
  [
    "the database of pg-promise",
    (value) => has(value, "oneOrNone", "tx"),
    `give the pg.Pool within, its $pool; or ${USING}`,
  ],
  ["PGlite", (value) => has(value, "execProtocol"), USING],
  ["a pool of Slonik", (value) => has(value, "oneFirst", "many"), `give ${STRING}`],
  ["the client of Supabase", (value) => has(value, "from", "rpc"), "give its database's URL"],
  [
    "a Server of Socket.IO",
    (value) => has(value, "of", "emit", "attach"),
    "give what its adapter has, the pg.Pool; a process with a Server needs no emitter",
  ],
  ["an emitter", (value) => has(value, "of", "emit", "socketsJoin"), "use it as it is"],
  [
    "a Namespace of Socket.IO",
    (value) => has(value, "emit", "fetchSockets", "serverSideEmit"),
    "give what its server's adapter has: the pg.Pool",
  ],
  ["the module pg", (value) => has(value, "Pool", "Client"), "give a pool, new pg.Pool()"],
];

/**
 * Whether a test recognizes the value: some clients answer to every name, and some throw at one they do not
 * know.
 */
const isOne = (test, value) => {
  try {
    return test(value);
  } catch {
    return false;
  }
};

/**
 * Refuses the client of another library, by its name.
 *
 * @param {object | Function} value
 * @throws {EmitterError} `ERR_INVALID_ARG_VALUE`
 */
const refuseUnsupportedClient = (value) => {
  const found = CLIENTS.find(([, test]) => isOne(test, value));
  if (found) throw invalidValue(`connection is ${found[0]}: ${found[2]}`);
};

module.exports = { refuseUnsupportedClient };
