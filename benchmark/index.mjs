// `npm run bench`: emitters for PostgreSQL side by side. See `npm run bench -- --help`.

import { startPostgres } from "../tools/postgres.mjs";
import { compare } from "./compare.mjs";
import { lookAround } from "./machine.mjs";
import { readOptions } from "./options.mjs";
import { killAll } from "./processes/children.mjs";
import { writeChart } from "./report/chart.mjs";
import { goalsOf } from "./report/goals.mjs";
import { writeJson } from "./report/json.mjs";
import { summarise } from "./report/summary.mjs";
import { terminalText } from "./report/terminal.mjs";

const TABLE = `CREATE TABLE socket_io_attachments (
  id          bigserial UNIQUE,
  created_at  timestamptz DEFAULT NOW(),
  payload     bytea
)`;

const CHART = "docs/images/benchmark.svg";

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(options.help);
  process.exit(0);
}

const progress = (line) => console.error(line);
const { warning, ...machine } = await lookAround();
if (warning) progress(warning);

// As a server has it that holds real data: `startPostgres` is faster without, for tests.
const server = await startPostgres({
  version: options.postgres,
  settings: { fsync: "on", full_page_writes: "on" },
});
let interrupted = false;
const cleanUp = async () => {
  await killAll();
  await server.stop();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, async () => {
    interrupted = true;
    await cleanUp();
    process.exit(130);
  });
}

async function main() {
  const pool = server.pool({ max: 1 });
  await pool.query(TABLE);
  const { rows } = await pool.query("SHOW server_version");
  await pool.end();

  const measured = await compare(server.config, options, progress);
  const results = measured.map((result) => ({ ...result, summary: summarise(result) }));
  const goals = goalsOf(results);
  console.log(`\n${terminalText(results, goals)}\n`);

  const postgres = rows[0].server_version;
  const date = new Date().toISOString();
  const content = { date, machine: { ...machine, postgres }, options, ...goals, results };
  await writeJson(options.json, content);
  progress(`Figures: ${options.json}`);
  if (options.chart) {
    await writeChart(CHART, content);
    progress(`Chart: ${CHART}`);
  }
}

try {
  await main();
} catch (error) {
  // A run that was interrupted fails because its processes were ended: the handler above exits.
  if (interrupted) await new Promise(() => {});
  throw error;
} finally {
  await cleanUp();
}
