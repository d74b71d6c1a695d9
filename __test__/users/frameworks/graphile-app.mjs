import { makeWorkerUtils, runMigrations, runOnce } from "graphile-worker";
import pg from "pg";
import { pay } from "./frameworks/graphile-worker.mjs";

const connectionString = process.env.DATABASE_URL;
const pgPool = new pg.Pool({ connectionString });
await pgPool.query("CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL)");
await pgPool.query("INSERT INTO orders VALUES (17, 'open')");
// Of the second the work is done, and then refused: nothing is told.
const refused = (payload, helpers) =>
  pay(payload, {
    withPgClient: (work) =>
      helpers.withPgClient((client) =>
        work({
          query: (text, values) => client.query(text === "COMMIT" ? "SELECT 1 / 0" : text, values),
        }),
      ),
  });
await runMigrations({ pgPool });
const utils = await makeWorkerUtils({ pgPool });
await utils.addJob("pay", { id: 17 });
await utils.addJob("refused", { id: 19 }, { maxAttempts: 1 });
await runOnce({ pgPool, taskList: { pay, refused } });
const { rows } = await pgPool.query("SELECT state FROM orders");
await utils.release();
await pgPool.end();
if (rows[0].state !== "paid") process.exitCode = 1;
