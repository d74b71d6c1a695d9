// The commands that send, and what was typed wrong.

import { createRequire } from "node:module";
import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { connectionStringOf } from "../tools/postgres.mjs";
import { SHORT_TIMEOUT_MS } from "./support/answer-world.mjs";
import { inbox, serverInbox } from "./support/clients.mjs";
import { command, startCommand } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";
import { NOWHERE } from "./support/emitters.mjs";
import { listenFor } from "./support/wire.mjs";

const require = createRequire(import.meta.url);

const postgres = usePostgres(test);

test("--help fits a screen of 80 columns and 24 lines", async (t) => {
  const { code, stdout, stderr } = await command(["--help"]);
  t.is(code, 0);
  t.is(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  // One line is the prompt's.
  t.true(lines.length <= 23, `${lines.length} lines`);
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  for (const name of [
    "emit",
    "server-side-emit",
    "join",
    "leave",
    "disconnect",
    "sockets",
    "servers",
    "watch",
    "relay",
    "outbox",
    "completion",
  ]) {
    t.true(
      stdout.includes(`  ${name} `) ||
        stdout.includes(`, ${name} `) ||
        stdout.includes(`  ${name}, `),
      name,
    );
  }
});

test("--version is that of the package", async (t) => {
  const { stdout } = await command(["--version"]);
  t.is(stdout.trim(), require("../package.json").version);
});

for (const [title, args] of [
  ["no command", []],
  ["an unknown command", ["shout"]],
  ["an unknown option", ["emit", "e", "--loud"]],
  ["an option of another command", ["watch", "--to", "r"]],
  ["no event", ["emit", "--url", NOWHERE]],
  ["- and more", ["emit", "e", "-", "1", "--url", NOWHERE]],
  ["no room", ["join", "--url", NOWHERE]],
  ["an argument of disconnect", ["disconnect", "everybody", "--url", NOWHERE]],
  ["an argument of completion that is no shell", ["completion", "tcsh"]],
  ["completion for no shell", ["completion"]],
  ["--ack of many", ["emit", "e", "-", "--ack", "--url", NOWHERE]],
  ["a time without --ack", ["emit", "e", "--timeout", "5", "--url", NOWHERE]],
  ["heartbeats, and none", ["watch", "--heartbeats", "--no-heartbeats", "--url", NOWHERE]],
  ["help of no command", ["help", "shout"]],
  ["a namespace of the relay, which publishes all", ["relay", "--nsp", "/", "--url", NOWHERE]],
  ["two namespaces to send to", ["emit", "e", "--nsp", "/a", "--nsp", "/b", "--url", NOWHERE]],
  ["no time to wait", ["emit", "e", "--ack", "--timeout", "0", "--url", NOWHERE]],
  ["a time beyond every timer", ["emit", "e", "--ack", "--timeout", "2147483648"]],
  ["a relay that never pauses", ["relay", "--poll", "0", "--url", NOWHERE]],
  ["more at once than a statement takes", ["relay", "--batch", "4096", "--url", NOWHERE]],
  ["an attachment table that is no name", ["emit", "e", "--table", "a b", "--url", NOWHERE]],
  ["an attachment table of watch", ["watch", "--table", "a b", "--url", NOWHERE]],
  ["an outbox that is no name", ["outbox", "--outbox", "a.b.c", "--url", NOWHERE]],
  ["an outbox of the relay", ["relay", "--outbox", "a.b.c", "--url", NOWHERE]],
  ["a row that is no number", ["outbox", "drop", "first", "--url", NOWHERE]],
  ["a row beyond a bigint", ["outbox", "drop", "9223372036854775808", "--url", NOWHERE]],
  ["a row, and all of them", ["outbox", "drop", "17", "--all", "--url", NOWHERE]],
  ["a room that is none", ["emit", "e", "--to", "[true]", "--url", NOWHERE]],
]) {
  test(`wrong usage is exit code 2: ${title}`, async (t) => {
    const { code, stdout, stderr } = await command(args, { env: { DATABASE_URL: NOWHERE } });
    t.is(code, 2, stderr);
    t.is(stdout, "");
    t.false(stderr.includes("DATABASE_URL"), "the address has nothing to do with it");
  });
}

test("a failure is exit code 1, with the error's code, and no password", async (t) => {
  const { code, stdout, stderr } = await command(["emit", "e", "--url", NOWHERE]);
  t.is(code, 1);
  t.is(stdout, "");
  t.true(stderr.includes("ECONNREFUSED"));
  t.false(stderr.includes("secret"));
  const reserved = await command(["emit", "connect", "--url", postgres.server.connectionString]);
  t.is(reserved.code, 1);
  t.true(reserved.stderr.includes("ERR_RESERVED_EVENT"));
});

test("without an address, the error says that it was this machine's", async (t) => {
  const hinted = /Neither --url, DATABASE_URL nor PGHOST/;
  // Nothing listens on that port.
  const forgotten = await command(["emit", "e"], { env: { PGPORT: "1" } });
  t.is(forgotten.code, 1);
  t.regex(forgotten.stderr, hinted);
  const given = await command(["emit", "e"], { env: { PGPORT: "1", PGHOST: "127.0.0.1" } });
  t.is(given.code, 1);
  t.notRegex(given.stderr, hinted);
});

test("each command reaches servers and clients", async (t) => {
  const database = await postgres.database();
  const cluster = await startCluster({ server: database, servers: 1, namespaces: ["/admin"] });
  t.teardown(() => cluster.close());
  const ann = inbox(await cluster.connect(0, "/admin", { rooms: ["staff"] }));
  const ben = inbox(await cluster.connect(0, "/admin", { rooms: ["staff", "idle"] }));
  const server = serverInbox(cluster.servers[0].io.of("/admin"), ["reload"]);
  const { host, port, user, password, database: name } = database.config;
  const run = async (...args) => {
    const env = { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password };
    const result = await command([...args, "--nsp", "/admin"], {
      env: { ...env, PGDATABASE: name },
    });
    t.deepEqual(result, { code: 0, signal: null, stdout: "", stderr: "" });
  };

  await run(
    "emit",
    "news",
    "plain",
    "42",
    '{"a":[1]}',
    '"42"',
    "--to",
    "staff",
    "--except",
    "idle",
  );
  t.deepEqual(await ann.until("news"), ["news", "plain", 42, { a: [1] }, "42"]);
  await run("join", "new", "--to", "idle");
  await run("emit", "moved", "--to", "new");
  await ben.until("moved");
  await run("leave", "new", "--to", "idle");
  await run("emit", "again", "--to", "new");
  await run("emit", "end", "--volatile");
  await Promise.all([ann.until("end"), ben.until("end")]);
  t.deepEqual(
    ann.take().map(([event]) => event),
    ["news", "end"],
  );
  t.deepEqual(
    ben.take().map(([event]) => event),
    ["moved", "end"],
  );
  await run("server-side-emit", "reload", "[1]");
  t.deepEqual(await server.until("reload"), ["reload", [1]]);
  const gone = new Promise((resolve) => ben.socket.once("disconnect", resolve));
  await run("disconnect", "--close", "--to", "idle");
  await gone;
  t.true(ann.socket.connected);
});

test("sockets and servers ask the cluster", async (t) => {
  const database = await postgres.database();
  const cluster = await startCluster({ server: database, servers: 2 });
  t.teardown(() => cluster.close());
  const ann = await cluster.connect(0, "/", { rooms: ["staff", "\u001b[2J"] });
  const ben = await cluster.connect(1, "/", { rooms: ["staff", 42] });
  await cluster.connect(1, "/");
  const ask = async (...args) => {
    const result = await command([...args, "--url", database.connectionString]);
    t.is(result.code, 0, result.stderr);
    return result.stdout;
  };
  t.is(await ask("servers"), "2\n");
  const lines = (await ask("sockets", "--to", "staff")).trimEnd().split("\n").sort();
  const wanted = [`${ann.id}  staff, \\u001b[2J`, `${ben.id}  staff, 42`];
  t.deepEqual(lines, wanted.sort());
  const [socket] = (await ask("sockets", "--json", "--to", "[42]")).split("\n");
  t.like(JSON.parse(socket), { id: ben.id, data: {} });
  t.deepEqual(new Set(JSON.parse(socket).rooms), new Set([ben.id, "staff", 42]));
  t.is(typeof JSON.parse(socket).handshake.address, "string");
  t.is((await ask("sockets")).trimEnd().split("\n").length, 3);
});

test("a question whose answer is not read any more is no failure", async (t) => {
  const database = await postgres.database();
  const cluster = await startCluster({ server: database, servers: 1 });
  t.teardown(() => cluster.close());
  await cluster.connect(0, "/");
  for (const name of ["sockets", "servers"]) {
    const { child, ended } = startCommand([name, "--url", database.connectionString]);
    child.stdout.destroy();
    const { code, signal, stderr } = await ended;
    t.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" }, name);
  }
});

test("the address is that of --url, or else of DATABASE_URL, or else of PGHOST and its like", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const { host, port, user, password, database: name } = database.config;
  const url = database.connectionString;
  const there = { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password };
  for (const [args, env] of [
    [["--url", url], { DATABASE_URL: NOWHERE, PGHOST: "nowhere.invalid" }],
    [[], { DATABASE_URL: url, PGHOST: "nowhere.invalid", PGDATABASE: "nothing" }],
    // What it leaves out still comes from there.
    [[], { DATABASE_URL: `postgres:///${name}`, ...there }],
    // Empty is not set, as for libpq's.
    [[], { DATABASE_URL: "", ...there, PGDATABASE: name }],
  ]) {
    const { code, stderr } = await command(["emit", "e", ...args], { env });
    t.is(code, 0, stderr);
  }
  t.is((await listener.next(4)).length, 4);
  for (const wrong of [NOWHERE, connectionStringOf({ ...database.config, password: "hunter2" })]) {
    const { code, stderr } = await command(["emit", "e"], { env: { DATABASE_URL: wrong } });
    t.is(code, 1);
    t.regex(stderr, /^The database is that of DATABASE_URL/m);
    t.notRegex(stderr, /hunter2|secret/);
  }
});

test("each command takes DATABASE_URL", async (t) => {
  const database = await postgres.database(attachmentTableSql() + outboxSql());
  const env = { DATABASE_URL: database.connectionString };
  t.is((await command(["servers"], { env })).stdout, "0\n");
  t.regex((await command(["outbox"], { env })).stdout, /^0 waiting/);
  for (const [name, ready] of [
    ["watch", /^listening on /],
    ["relay", /relay is active/],
  ]) {
    const { child, until, ended } = startCommand([name], { env });
    await until(({ stderr }) => ready.test(stderr));
    child.kill("SIGINT");
    t.is((await ended).code, 0, name);
  }
});

test("--ack prints each answer, a line each", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const cluster = await startCluster({ server: database, servers: 2 });
  t.teardown(() => cluster.close());
  const url = ["--url", database.connectionString];
  const ann = await cluster.connect(0, "/", { rooms: ["staff"] });
  const ben = await cluster.connect(1, "/", { rooms: ["staff"] });
  ann.on("there?", (n, answer) => answer({ n, raw: Buffer.from([1, 2, 3]) }));
  ben.on("there?", (_, answer) => answer("ben"));
  for (const { io } of cluster.servers) io.on("load", (answer) => answer(7));
  const all = await command(["emit", "there?", "5", "--to", "staff", "--ack", ...url]);
  t.is(all.code, 0, all.stderr);
  t.deepEqual(all.stdout.trimEnd().split("\n").sort(), [
    '"ben"',
    '{"n":5,"raw":{"$base64":"AQID"}}',
  ]);
  const servers = await command(["server-side-emit", "load", "--ack", ...url]);
  t.deepEqual(servers, { code: 0, signal: null, stdout: "7\n7\n", stderr: "" });
  t.deepEqual(await command(["emit", "there?", "--to", "no-room", "--ack", ...url]), {
    ...{ code: 0, signal: null, stdout: "", stderr: "" },
  });

  // One that never answers: what came is printed, and it failed.
  ben.off("there?").on("there?", () => {});
  const late = await command([
    "emit",
    "there?",
    "6",
    "--ack",
    "--timeout",
    `${SHORT_TIMEOUT_MS}`,
    ...url,
  ]);
  t.is(late.code, 1);
  t.is(late.stdout, '{"n":6,"raw":{"$base64":"AQID"}}\n');
  t.true(late.stderr.includes("ERR_ACK_TIMEOUT"), late.stderr);
});
