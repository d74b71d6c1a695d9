// The commands of the documents, run in a shell.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { attachmentTableSql } from "../../../index.js";
import { fence, inbox, serverInbox } from "../clients.mjs";
import { startProgram } from "../command.mjs";
import { emitterFor } from "../emitters.mjs";
import { INSTALL } from "./application.mjs";
import { BLOCKS } from "./blocks.mjs";
import { clusterFor } from "./javascript.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COLD_BUILD_MS = 300_000;
const QUIET = { npm_config_update_notifier: "false", npm_config_loglevel: "error" };

const inClone = (line, { env, ...options } = {}) =>
  startProgram("sh", ["-c", line], { cwd: ROOT, env: { ...QUIET, ...env }, ...options }).ended;

const linesOf = (code) => code.split("\n").slice(0, -1);

/**
 * Neither is repeated here, for they take minutes and would replace what the tests are running from.
 * npm checks its own command without doing it. The build is the one that made the addon of this very
 * run: `pretest` leaves it to tools/setup.mjs, which calls the same script.
 */
async function buildFromSource(t, { code }) {
  t.deepEqual(linesOf(code), ["npm ci", "npm run build"]);
  const dry = await inClone("npm ci --dry-run --offline --ignore-scripts --no-audit");
  t.is(dry.code, 0, dry.stderr);
  const { scripts } = JSON.parse(await readFile(`${ROOT}/package.json`, "utf8"));
  t.is(scripts.pretest, "node tools/setup.mjs");
  t.true((await readFile(`${ROOT}/tools/setup.mjs`, "utf8")).includes('npm("run", "build")'));
  t.regex(scripts.build, /^node tools\/build\.mjs napi build .*--release/);
  t.regex(await readFile(`${ROOT}/.ci/run`, "utf8"), /^stage "dependencies" npm ci\b/m);
}

/** It was run to make the application that the other blocks run in. */
async function installFolder(t, { code, application, postgres }) {
  t.is(code, INSTALL.code);
  t.is(application.installed.code, 0, application.installed.stderr);
  const manifest = JSON.parse(await readFile(`${application.folder}/package.json`, "utf8"));
  t.deepEqual(Object.keys(manifest.dependencies), ["socket.io-postgres-emitter-rs"]);
  const program = await application.start(
    'import { Emitter } from "socket.io-postgres-emitter-rs"; console.log(typeof Emitter);',
    postgres.server,
  );
  t.is((await program.ended).stdout, "function\n");
}

/** A run of the demo in paragraphs, each with what is the same in every run. */
function paragraphs(text) {
  return text
    .replace(/in \d+\.\d s$/m, "in 1.0 s")
    .trim()
    .split("\n\n")
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      // Who hears first is for the network to say.
      const heard = lines.filter((line) => line.includes("←")).sort();
      const rest = lines.filter((line) => !line.includes("←") && line.trim() !== "…");
      return { title: lines[0], rest, heard, shortened: lines.some((line) => line.trim() === "…") };
    });
}

/** What is shown is what is printed, in its order, with paragraphs and lines at "…" left out. */
async function demo(t, { code }) {
  // Without `predemo`, which is the set-up that this run has behind it.
  const { code: exitCode, stdout } = await inClone("npm run demo --silent --ignore-scripts");
  t.is(exitCode, 0, stdout);
  const printed = paragraphs(stdout);
  const shown = paragraphs(code);
  let place = -1;
  for (const { title, rest, heard, shortened } of shown) {
    place = printed.findIndex((each, index) => index > place && each.title === title);
    t.true(place >= 0, `the demo does not print (here): ${title}`);
    t.deepEqual(rest, printed[place].rest);
    if (shortened) t.true(heard.every((line) => printed[place].heard.includes(line)));
    else t.deepEqual(heard, printed[place].heard);
  }
  t.is(place, printed.length - 1, "the end is not shown");
}

/** For machines without jq: the two filters that the block uses. */
const JQ = `
const { createReadStream } = require("node:fs");
const [filter, file] = process.argv.slice(2).filter((argument) => argument !== "-c");
if (filter === ".[]") {
  for (const each of JSON.parse(require("node:fs").readFileSync(file))) console.log(JSON.stringify(each));
} else if (filter === ".event") {
  const lines = require("node:readline").createInterface(process.stdin);
  lines.on("line", (line) => console.log(JSON.stringify(JSON.parse(line).event)));
} else process.exit(2);
`;

async function commandLine(t, { code, postgres, application }) {
  const database = await postgres.database(attachmentTableSql());
  const namespaces = ["/", "/admin"];
  const cluster = await clusterFor(t, database, { namespaces });
  const order = { rooms: ["order:17"] };
  const buyer = inbox(await cluster.connect(0, "/", order), "the buyer");
  const staff = inbox(await cluster.connect(1, "/", { rooms: ["order:17", "staff"] }), "staff");
  const other = inbox(await cluster.connect(1), "the other");
  const admin = await cluster.connect(1, "/admin", { rooms: ["user:3"] });
  const adminGone = new Promise((resolve) => admin.once("disconnect", resolve));
  const servers = cluster.servers.map(({ io }) => serverInbox(io.of("/"), ["reload"]));
  const io = emitterFor(t, database);

  const { host, port, user, password, database: name } = database.config;
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: name,
  };
  if ((await application.shell("jq --version").ended).code !== 0) {
    await application.provide("jq", JQ);
  }
  const rows = [{ id: 1 }, "two", [3]];
  await application.write("rows.json", JSON.stringify(rows));

  const watch = linesOf(code).at(-1);
  let stdout = "";
  for (const line of linesOf(code).slice(0, -1)) {
    const result = await application.shell(line, { env }).ended;
    t.is(result.code, 0, `${line}: ${result.stderr}`);
    t.is(result.stderr.replace(/^.*\bsent\b.*\n/, ""), "", line);
    stdout += result.stdout;
  }

  const news = ["news", "hello, everybody"];
  const all = [news, ...rows.map((row) => ["row", row])];
  t.deepEqual(await fence(io, [buyer, staff, other]), [
    [news, ["paid", { total: 49.9 }], ...all.slice(1)],
    all,
    all,
  ]);
  await io.to("paid-orders").emit("joined");
  t.deepEqual(await fence(io, [buyer, staff, other]), [[["joined"]], [["joined"]], []]);
  t.is(await adminGone, "io server disconnect");
  t.false(admin.io.engine.readyState === "open", "the connection is closed");
  for (const server of servers) t.deepEqual(await server.until("reload"), ["reload", "prices"]);
  // What `sockets` printed: a line for each socket, with its rooms.
  t.deepEqual(stdout.match(/^\S+/gm).sort(), [buyer.socket.id, staff.socket.id].sort());
  t.is(stdout.match(/order:17/g).length, 2);

  t.regex(watch, /^npx socket\.io-postgres-emitter-rs watch --json \| jq /);
  const watching = application.shell(watch, { env, detached: true });
  t.teardown(() => {
    process.kill(-watching.child.pid, "SIGKILL");
    return watching.ended;
  });
  await watching.until(({ stderr }) => stderr.startsWith("listening on "));
  // Into a pipe, jq writes some thousands of bytes at once.
  for (let index = 0; index < 2_000; index++) io.emit("news", index);
  const shown = await watching.until((output) => output.stdout.includes('"news"\n'));
  // Servers' heartbeats have no event.
  t.deepEqual([...new Set(shown.stdout.split("\n").slice(0, -1))], ['"news"']);
}

/** With the address of a database that is there. */
async function cargoRun(t, { code, postgres }) {
  const database = await postgres.database(attachmentTableSql());
  const cluster = await clusterFor(t, database);
  const inRoom = inbox(await cluster.connect(0, "/", { rooms: ["room1"] }));
  const outside = inbox(await cluster.connect(1));
  const address = "postgres://user:password@localhost:5432/database";
  t.true(code.includes(address));
  const result = await inClone(code.replace(address, database.connectionString), {
    timeoutMs: COLD_BUILD_MS,
  });
  t.is(result.code, 0, result.stderr);
  t.is(result.stdout, 'sent "greeting" with "from Rust" to room "room1", on channel socket.io#/\n');
  t.deepEqual(await fence(emitterFor(t, database), [inRoom, outside]), [
    [["greeting", "from Rust"]],
    [],
  ]);
}

/**
 * rustdoc makes a program of each Rust block of README.md, and compiles it; it would only define a
 * function, and the example `emit` makes the same calls for real.
 */
async function readmeDoctest(t, { language }) {
  const { code, stdout, stderr } = await inClone("cargo test --locked --doc -- Readme", {
    timeoutMs: COLD_BUILD_MS,
  });
  t.is(code, 0, stderr);
  const isRust = (each) => each.file === "README.md" && /^rust\b/.test(each.language);
  const count = BLOCKS.filter(isRust).length;
  t.is(stdout.match(/^test src\/lib\.rs - Readme \(line \d+\).* \.\.\. ok$/gm)?.length, count);
  t.false(language.includes("ignore"));
}

export const COMMANDS = [
  { block: "README.md > Install > 1", run: buildFromSource },
  { block: INSTALL.name, run: installFolder },
  { block: "docs/try-it.md > Try it > 1", run: demo },
  { block: "docs/command-line.md > Command line > 1", run: commandLine },
  { block: "README.md > From Rust > 1", run: readmeDoctest, timeoutMs: COLD_BUILD_MS },
  { block: "README.md > From Rust > 2", run: cargoRun, timeoutMs: COLD_BUILD_MS },
];
