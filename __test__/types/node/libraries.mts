// What users hand over, in the libraries' own types.
import type { ConnectionOptions, SecureContextOptions } from "node:tls";
import type createKnex from "knex";
import { CompiledQuery, type Transaction } from "kysely";
import pg from "pg";
import type postgres from "postgres";
import type { EntityManager } from "typeorm";
import { type Connection, Emitter, type Statement } from "../../../index.js";
import { check, type Same } from "../assert.js";

export const taken = (
  pool: pg.PoolConfig,
  client: pg.ClientConfig,
  ssl: ConnectionOptions,
  key: NonNullable<SecureContextOptions["key"]>,
): Connection[] => [
  pool,
  client,
  new pg.Pool(pool),
  new pg.Client(client),
  { host: "localhost", ssl },
  { host: "localhost", ssl: { key, rejectUnauthorized: false } },
  { ssl: { key: [{ pem: "PEM", passphrase: "secret" }] } },
  { ...pool, application_name: "mine" },
  new URL("postgres://localhost/db"),
];
new Emitter({} as pg.PoolConfig, "/", { listenConnection: {} as pg.ClientConfig });
// @ts-expect-error: a key is PEM
new Emitter({ ssl: { key: 1 } });

// Values are what Node's types call a Buffer.
check<Same<Statement["values"][number] extends string | Buffer ? true : false, true>>();
const io = new Emitter(null);
const { text, values } = io.statement("emit", "news");

export async function execute(
  trx: createKnex.Knex.Transaction,
  kysely: Transaction<unknown>,
  manager: EntityManager,
  client: pg.PoolClient,
  tx: postgres.TransactionSql,
): Promise<void> {
  await io.using((text, values) => trx.raw(text.replace(/\$\d+/g, "?"), values)).emit("news");
  await trx.raw(text.replace(/\$\d+/g, "?"), values);
  await io.using((...args) => kysely.executeQuery(CompiledQuery.raw(...args))).emit("news");
  await io.using((text, values) => tx.unsafe(text, values)).emit("news");
  await tx.unsafe(text, values);
  await Emitter.outbox(manager).emit("news");
  await Emitter.outbox(client).emit("news");
  await client.query(text, values);
  await client.query({ text, values });
}
