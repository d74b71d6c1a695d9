// `npm run bench`: emitters for PostgreSQL side by side. See `npm run bench -- --help`.

import { compare } from "./compare.mjs";
import { buildSlowFlush } from "./flush/index.mjs";
import { lookAround } from "./machine.mjs";
import { measurementsFor } from "./measurements.mjs";
import { readOptions } from "./options.mjs";
import { killAll } from "./processes/children.mjs";
import { writeCharts } from "./report/chart.mjs";
import { goalsOf } from "./report/goals.mjs";
import { writeJson } from "./report/json.mjs";
import { summarise } from "./report/summary.mjs";
import { terminalText } from "./report/terminal.mjs";
import { Servers } from "./servers.mjs";

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(options.help);
  process.exit(0);
}

const progress = (line) => console.error(line);
const { warning, ...machine } = await lookAround();
if (warning) progress(warning);

const slowFlush = await buildSlowFlush();
const servers = new Servers(options, slowFlush);
const isWhole = measurementsFor(options).every(({ addedMillis }) => servers.has(addedMillis));
const missing = isWhole ? undefined : `Longer flushes are not measured: ${slowFlush.missing}.`;
if (missing) progress(missing);

let interrupted = false;
const cleanUp = async () => {
  await killAll();
  await servers.stop();
  await slowFlush.remove?.();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, async () => {
    interrupted = true;
    await cleanUp();
    process.exit(130);
  });
}

async function main() {
  const measured = await compare(servers, options, progress);
  const results = measured.map((result) => ({ ...result, summary: summarise(result) }));
  const goals = goalsOf(results, options.mode !== "quick");
  const postgres = await servers.version();
  const date = new Date().toISOString();
  const content = { date, machine: { ...machine, postgres }, options, missing, ...goals, results };
  console.log(`\n${terminalText(content)}\n`);
  await writeJson(options.json, content);
  progress(`Figures: ${options.json}`);
  if (options.chart) {
    for (const path of await writeCharts(content)) progress(`Chart: ${path}`);
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
