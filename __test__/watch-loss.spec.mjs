// `watch` and `relay` while the server is away or refuses them: what is waited for, and what ends them.

import { createRequire } from "node:module";
import test from "ava";
import { attachmentTableSql, outboxSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { hangUp, startTcpServer } from "../tools/tcp-server.mjs";
import { startCommand } from "./support/command.mjs";
import { createRoles, endSessions, eventually, usePostgres } from "./support/database.mjs";
import { emitterFor } from "./support/emitters.mjs";

const require = createRequire(import.meta.url);
const { NotificationListener } = require("../cli/listener.js");
const { Namespace } = require("../binding.js");

/** Less than the pauses and limits on connecting that could be waited for instead. */
const AT_ONCE_MS = 1_000;

const TABLE = "socket_io_attachments";

const postgres = usePostgres(test);

/** A database behind a network that fails, as seen by `user`. */
async function behindNetwork(t, { user, password } = {}) {
  const database = await postgres.database(attachmentTableSql() + outboxSql());
  const network = await startProxy(database.config);
  t.teardown(() => network.close());
  const config = { ...database.config, port: network.port };
  const address = connectionStringOf(user ? { ...config, user, password } : config);
  const io = emitterFor(t, database);
  return { database, network, address, io };
}

/** A server that hangs up takes the place of the network; gives what waits for a number of connections. */
async function refuseLogins(t, network) {
  await network.refuse();
  const { sockets, close } = await startTcpServer(hangUp, network.port);
  t.teardown(close);
  const attempts = (count) => eventually(() => sockets.length >= count, `${count} connections`);
  return Object.assign(attempts, { end: close });
}

function listenerFor(t, connectionString, ...names) {
  const namespaces = names.map((name) => new Namespace("socket.io", name));
  const listener = new NotificationListener({ connectionString }, TABLE, namespaces);
  t.teardown(() => listener.close());
  return listener;
}

const eventsOf = ({ notifications }) =>
  notifications.map(({ payload }) => JSON.parse(payload).data.packet.data[0]);

test("a network that is away is waited for, and all namespaces are listened to again", async (t) => {
  const { network, address, io } = await behindNetwork(t);
  const listener = listenerFor(t, address, "/", "/admin");
  await listener.open();
  await io.emit("before");
  t.deepEqual(eventsOf(await listener.next()), ["before"]);
  let isTold = false;
  const next = listener.next().finally(() => {
    isTold = true;
  });
  const attempts = await refuseLogins(t, network);
  await attempts(3);
  // While it is away there is nothing to say.
  t.false(isTold);
  await t.throwsAsync(listener.attachment("1"), { code: "ECONNRESET" });
  attempts.end();
  await network.comeBack();
  const { missed, notifications } = await next;
  t.is(missed.code, "ECONNRESET");
  t.deepEqual(notifications, []);
  t.is(await listener.attachment("1"), null);
  await io.of("/admin").emit("after");
  t.deepEqual(eventsOf(await listener.next()), ["after"]);
});

test("sessions that end again and again are opened again and again", async (t) => {
  const { database, address, io } = await behindNetwork(t);
  const pool = database.pool({ max: 1 });
  const listener = listenerFor(t, address, "/");
  await listener.open();
  for (let round = 0; round < 4; round++) {
    await endSessions(pool);
    t.is((await listener.next()).missed.code, "57P01");
    await io.emit("n", round);
    t.deepEqual(eventsOf(await listener.next()), ["n"]);
  }
});

test("a password that is wrong by now ends it, and one that is wrong at first", async (t) => {
  const { server } = postgres;
  await createRoles(server, "first", "watcher");
  const { database, network, address } = await behindNetwork(t, {
    user: "watcher",
    password: "first",
  });
  const { child, until, ended } = startCommand(["watch", "--url", address]);
  t.teardown(() => child.kill("SIGKILL"));
  await until(({ stderr }) => stderr.startsWith("listening on "));
  await database.pool({ max: 1 }).query("ALTER ROLE watcher PASSWORD 'second'");
  network.cut();
  const later = await ended;
  t.is(later.code, 1);
  t.true(later.stderr.includes("28P01"), later.stderr);
  const first = await startCommand(["watch", "--url", address]).ended;
  t.is(first.code, 1);
  t.true(first.stderr.includes("28P01"), first.stderr);
  t.false(first.stderr.includes("listening on "));
});

test("a server that is away at first is told", async (t) => {
  const { network, address } = await behindNetwork(t);
  await network.refuse();
  const { code, stderr } = await startCommand(["watch", "--url", address]).ended;
  t.is(code, 1);
  t.true(stderr.includes("ECONNREFUSED"), stderr);
});

/** Watches, and loses the connection. */
async function watchingAlone(t) {
  const { network, address, io } = await behindNetwork(t);
  const { child, until, ended } = startCommand(["watch", "--url", address]);
  t.teardown(() => child.kill("SIGKILL"));
  await until(({ stderr }) => stderr.startsWith("listening on "));
  await io.emit("before");
  await until(({ stdout }) => stdout.includes("before"));
  return { network, child, ended };
}

async function endsAtOnce(t, { child, ended }) {
  const begin = performance.now();
  child.kill("SIGINT");
  t.is((await ended).code, 0);
  t.true(performance.now() - begin < AT_ONCE_MS);
}

test("Ctrl-C ends it at once between two connections that are refused", async (t) => {
  const { network, ...watcher } = await watchingAlone(t);
  const attempts = await refuseLogins(t, network);
  // The next comes after a pause of one to two seconds.
  await attempts(8);
  await endsAtOnce(t, watcher);
});

test("Ctrl-C ends it at once while a new connection gets no answer", async (t) => {
  const { network, ...watcher } = await watchingAlone(t);
  network.goBlack();
  network.cut();
  await eventually(() => network.size === 1, "it connects");
  await endsAtOnce(t, watcher);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} ends it at once, and quietly, while its first connection gets no answer`, async (t) => {
    const { network, address } = await behindNetwork(t);
    network.goBlack();
    const { child, ended } = startCommand(["watch", "--url", address]);
    t.teardown(() => child.kill("SIGKILL"));
    await eventually(() => network.size === 1, "it connects");
    const begin = performance.now();
    child.kill(signal);
    t.like(await ended, { code: 0, stdout: "", stderr: "" });
    // Half of the limit on connecting.
    t.true(performance.now() - begin < 5_000);
  });
}

test("close ends it while it connects, and what is being read", async (t) => {
  const { network, address } = await behindNetwork(t);
  const open = listenerFor(t, address, "/");
  await open.open();
  network.goBlack();
  const reading = open.attachment("1");
  await eventually(() => network.held > 0, "it is asked for");
  const opening = listenerFor(t, address, "/");
  const opened = opening.open();
  await eventually(() => network.size === 2, "it connects");
  const begin = performance.now();
  open.close();
  opening.close();
  await t.throwsAsync(reading, { code: "ERR_CLOSED" });
  t.false(await opened);
  await t.throwsAsync(open.attachment("1"), { code: "ERR_CLOSED" });
  t.is(await open.next(), null);
  t.true(performance.now() - begin < AT_ONCE_MS);
  await eventually(() => network.size === 0, "both connections are gone");
});

test("a relay waits for a server that is away at first, and a wrong password ends it", async (t) => {
  const { network, address } = await behindNetwork(t);
  await network.refuse();
  const { child, until, ended } = startCommand(["relay", "--url", address]);
  t.teardown(() => child.kill("SIGKILL"));
  await until(({ stderr }) => stderr.includes("ECONNREFUSED"));
  await network.comeBack();
  await until(({ stderr }) => stderr.includes("the relay is active"));
  child.kill("SIGTERM");
  t.is((await ended).code, 0);
  const wrong = new URL(address);
  wrong.password = "wrong";
  const refused = await startCommand(["relay", "--url", wrong.href]).ended;
  t.is(refused.code, 1);
  t.true(refused.stderr.includes("28P01"), refused.stderr);
});
