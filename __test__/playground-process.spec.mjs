// The playground's process: whom it lets in, and that nothing is left of it.

import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Pool } from "pg";
import { io } from "socket.io-client";
import { startPlayground } from "../tools/playground.mjs";
import { eventually } from "./support/database.mjs";

/** A client of a Socket.IO server, as a page of `origin` opens it. */
function connectFrom(t, url, origin) {
  const socket = io(url, {
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    extraHeaders: origin ? { Origin: origin } : {},
  });
  t.teardown(() => socket.disconnect());
  return socket;
}

/** What comes of a client: "connect", or why it may not. */
const outcomeOf = (socket) =>
  new Promise((resolve) => {
    socket.once("connect", () => resolve("connect"));
    socket.once("connect_error", ({ message }) => resolve(message));
  });

async function answerTo(url, path, { method = "GET", headers = {} } = {}) {
  const { hostname, port } = new URL(url);
  const asked = request({ hostname, port, path, method, headers }).end();
  const [response] = await once(asked, "response");
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Starts one, and ends it after the test. */
async function start(t, ...more) {
  const playground = startPlayground(...more);
  t.teardown(() => playground.interrupt());
  const url = await playground.ready;
  return { playground, url, origin: new URL(url).origin };
}

const refused = async (port) => {
  const socket = connect(port, "127.0.0.1");
  const [error] = await once(socket, "error");
  return error.code;
};

test.serial("only its own page drives it, and only with the calls that it knows", async (t) => {
  const { url, origin } = await start(t);
  const control = connectFrom(t, url, origin);
  const [world] = await once(control, "world");
  t.deepEqual(Object.keys(world.members), ["ann", "ben", "cleo", "cleo@admin"]);

  for (const other of [
    "http://evil.example",
    `${origin}0`,
    origin.replace("http", "https"),
    null,
  ]) {
    for (const target of [url, world.servers[0].url]) {
      const outcome = await outcomeOf(connectFrom(t, target, other));
      t.is(outcome, "websocket error", `${other} to ${target}`);
    }
  }
  const local = connectFrom(t, url, origin.replace("127.0.0.1", "localhost"));
  await once(local, "world");

  const call = (steps) => control.timeout(10_000).emitWithAck("call", steps);
  const good = await call([
    ["to", "x"],
    ["emit", "hello"],
  ]);
  t.is(good.error, undefined);
  for (const steps of [
    [["close"]],
    [["constructor"]],
    [["__proto__"]],
    [["using", "x"]],
    [["to", "x"], ["serverCount"]],
    [["serverCount"], ["emit", "x"]],
    [["toString"], ["emit", "x"]],
    [
      ["to", "x"],
      ["of", "/"],
      ["emit", "x"],
    ],
    [[["emit"], "x"]],
    [],
    "emit",
    null,
  ]) {
    const { error } = await call(steps);
    t.is(error?.code, "REFUSED", JSON.stringify(steps));
  }
  for (const count of [0, 1.5, 1e9, "5"]) {
    const reply = await control.timeout(10_000).emitWithAck("burst", [["emit", "x"]], count);
    t.is(reply.error?.code, "REFUSED", `${count}`);
  }
});

test.serial("an emitter whose process was killed is told, and the rest lives on", async (t) => {
  const { playground, url, origin } = await start(t);
  const control = connectFrom(t, url, origin);
  const states = [];
  control.on("emitter", ({ state }) => states.push(state));
  const [world] = await once(control, "world");
  // Both come at once when the machine is busy.
  await eventually(() => states.length > 0, "the page is told of the emitter");
  t.not(states.at(-1), "process ended");
  process.kill(world.emitter.pid, "SIGKILL");
  await eventually(() => states.at(-1) === "process ended", "the page is told of the end");
  const { error } = await control.timeout(10_000).emitWithAck("call", [["emit", "x"]]);
  t.is(error.code, "NO_EMITTER");
  // A page that comes later is told, too.
  const late = connectFrom(t, url, origin);
  t.like((await once(late, "emitter"))[0], { state: "process ended" });
  t.deepEqual(await playground.interrupt().then(({ code }) => code), 0);
});

/** A playground whose files are in a folder of the test's, and its PostgreSQL. */
async function startWithFiles(t) {
  const folder = await mkdtemp(join(tmpdir(), "sio-playground-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  // The account that runs PostgreSQL has to pass through.
  await chmod(folder, 0o755);
  const started = await start(t, [], { env: { TMPDIR: folder } });
  const control = connectFrom(t, started.url, started.origin);
  const statuses = [];
  control.on("emitter", (status) => statuses.push(status));
  const [world] = await once(control, "world");
  const files = join(folder, (await readdir(folder))[0]);
  return { ...started, control, world, files, status: () => statuses.at(-1) };
}

test.serial("a page has one transaction, which does not outlive it", async (t) => {
  const { url, origin, control, world, files } = await startWithFiles(t);
  const { port } = world.postgres;
  const password = (await readFile(join(files, "password"), "utf8")).trim();
  const pool = new Pool({ host: "127.0.0.1", port, user: "postgres", password, max: 1 });
  t.teardown(() => pool.end());
  const count = async (sql) =>
    (await pool.query(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0].n;
  const open = () =>
    count(`pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE 'INSERT%'`);

  const ask = (socket, ...request) => socket.timeout(10_000).emitWithAck(...request);
  const call = [["emit", "x"]];
  for (const request of [
    ["within", call],
    ["end", "COMMIT"],
  ]) {
    t.is((await ask(control, ...request)).error?.code, "REFUSED", request[0]);
  }
  t.is((await ask(control, "begin")).error, undefined);
  t.is((await ask(control, "within", call)).error, undefined);
  for (const request of [
    ["begin"],
    ["within", [["emitWithAck", "x"]]],
    ["within", [["connect"]]],
    ["end", "DROP TABLE socket_io_outbox"],
  ]) {
    t.is((await ask(control, ...request)).error?.code, "REFUSED", request.join());
  }
  t.is(await open(), 1);
  // Another page has another one.
  const second = connectFrom(t, url, origin);
  await once(second, "world");
  t.is((await ask(second, "begin")).error, undefined);
  t.is((await ask(second, "within", call)).error, undefined);
  t.is(await open(), 2);
  t.like((await ask(second, "end", "COMMIT")).result, {
    command: "COMMIT",
    relay: { published: 1, waiting: 0, failed: 0 },
  });
  control.disconnect();
  await eventually(async () => (await open()) === 0, "the page's transaction ends with it");
  t.is(await count("socket_io_outbox"), 0);
});

test.serial("the end of PostgreSQL is told, and the rest lives on", async (t) => {
  const { url, origin, files, playground, status } = await startWithFiles(t);
  const isUp = ({ state, relay }) => state === "connected" && relay.state === "active";
  await eventually(() => status() && isUp(status()), "both are connected");
  const [pid] = (await readFile(join(files, "data", "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGINT");
  await eventually(
    () => status().state !== "connected" && status().relay.state !== "active",
    "the page is told of both",
  );
  const late = connectFrom(t, url, origin);
  t.not((await once(late, "emitter"))[0].state, "connected");
  t.is((await playground.interrupt()).code, 0);
});

test.serial("it serves its page and nothing else, under its own name", async (t) => {
  const { url } = await start(t);
  const page = await answerTo(url, "/");
  t.is(page.status, 200);
  t.regex(page.headers["content-security-policy"], /default-src 'none'/);
  t.false(/(src|href)="(https?:)?\/\//.test(page.body.toString()));
  const client = await answerTo(url, "/socket.io.esm.min.js");
  t.true(client.body.toString().startsWith("/*!\n * Socket.IO v4"));
  const statuses = [];
  for (const [path, options] of [
    ["/../index.mjs"],
    ["/%2e%2e/control.mjs"],
    ["/package.json"],
    ["/", { method: "POST" }],
    ["/", { headers: { Host: "evil.example" } }],
    ["/", { headers: { Host: `evil.example:${new URL(url).port}` } }],
  ]) {
    statuses.push((await answerTo(url, path, options)).status);
  }
  t.deepEqual(statuses, [404, 404, 404, 405, 403, 403]);
});

test.serial("nothing is left after Ctrl-C, and a port can be chosen", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sio-playground-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  // The account that runs PostgreSQL has to pass through.
  await chmod(folder, 0o755);
  const { playground, url, origin } = await start(t, [], { env: { TMPDIR: folder } });
  const { port } = new URL(url);
  const control = connectFrom(t, url, origin);
  const [world] = await once(control, "world");
  const client = connectFrom(t, world.servers[1].url, origin);
  await once(client, "connect");
  t.is((await readdir(folder)).length, 1);

  const second = startPlayground(["--port", port]);
  const taken = await second.ended;
  t.is(taken.code, 1);
  t.regex(taken.output, /EADDRINUSE/);

  const gone = [once(control, "disconnect"), once(client, "disconnect")];
  const { code, signal } = await playground.interrupt();
  t.deepEqual([code, signal], [0, null]);
  await Promise.all(gone);
  t.deepEqual(await readdir(folder), []);
  t.throws(() => process.kill(world.emitter.pid, 0), { code: "ESRCH" });
  for (const each of [port, world.postgres.port, ...world.servers.map((server) => server.port)]) {
    t.is(await refused(each), "ECONNREFUSED");
  }

  const third = await start(t, ["--port", port]);
  t.is(third.url, url);
});

test.serial("Ctrl-C while it starts leaves nothing either", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sio-playground-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const playground = startPlayground([], { env: { TMPDIR: folder } });
  await once(playground.child.stdout, "data");
  const { code } = await playground.interrupt();
  t.is(code, 0);
  t.deepEqual(await readdir(folder), []);
});

test.serial("nothing is left when the process that started it is gone", async (t) => {
  const { playground, url } = await start(t);
  playground.child.disconnect();
  const { code } = await playground.ended;
  t.is(code, 0);
  t.is(await refused(new URL(url).port), "ECONNREFUSED");
});

test.serial("a wrong option is told, with how it is used", async (t) => {
  for (const args of [["--port", "many"], ["--port", "65536"], ["--port"], ["--what"]]) {
    const { code, output } = await startPlayground(args).ended;
    t.is(code, 2, args.join(" "));
    t.regex(output, /usage: npm run playground/);
  }
});
