// Transactions by pgbench, PostgreSQL's own client for such measurements, where it is there: it takes so
// little of the CPU that the server is what is measured. With prepared statements, as most drivers of
// other languages send them.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FIRST_ORDER, LAST_ORDER, UPDATE } from "./orders.mjs";

const run = promisify(execFile);

/** Its version, such as `15.8`; nothing where it is not. */
export async function pgbenchVersion() {
  try {
    const { stdout } = await run("pgbench", ["--version"]);
    return /\d+(\.\d+)*/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

/** SQL with pgbench's variables in the place of `$1`, `$2`, …: of values for `-D`. */
function withVariables({ text, values }, name) {
  const sql = text.replace(/\$(\d+)/g, (_, n) => `:${name}${n}`);
  return { sql, defines: values.flatMap((value, i) => ["-D", `${name}${i + 1}=${value}`]) };
}

/** The number before these words in pgbench's report. */
function figure(report, pattern) {
  const found = pattern.exec(report)?.[1];
  if (found === undefined) throw new Error(`pgbench reported nothing of the kind: ${report}`);
  return Number(found);
}

/**
 * So many clients commit transactions for so many seconds, each with this `emit`, a statement, if there is
 * one. Resolves to how many were committed, and in how many milliseconds.
 */
export async function commitByPgbench({ host, port, user, password, database }, options) {
  const { clients, seconds, emit } = options;
  const order = withVariables({ text: UPDATE, values: [] }, "order");
  const message = emit && withVariables(emit, "value");
  const steps = [
    `\\set order1 random(${FIRST_ORDER}, ${LAST_ORDER})`,
    "BEGIN;",
    `${order.sql};`,
    ...(message ? [`${message.sql};`] : []),
    "COMMIT;",
  ];
  const folder = await mkdtemp(join(tmpdir(), "sio-pgbench-"));
  try {
    const script = join(folder, "transaction.sql");
    await writeFile(script, `${steps.join("\n")}\n`);
    const { stdout } = await run(
      "pgbench",
      [
        "--no-vacuum",
        "--protocol=prepared",
        ["--client", clients],
        ["--time", Math.max(1, Math.round(seconds))],
        ["--file", script],
        ["--host", host],
        ["--port", port],
        ["--username", user],
        message?.defines ?? [],
        database,
      ]
        .flat()
        .map(String),
      { env: { ...process.env, PGPASSWORD: password, PGSSLMODE: "disable" } },
    );
    const sent = figure(stdout, /transactions actually processed: (\d+)/);
    return { sent, ms: (sent / figure(stdout, /tps = ([\d.]+)/)) * 1_000 };
  } finally {
    await rm(folder, { recursive: true });
  }
}
