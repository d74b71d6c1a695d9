// The tools by which other tests lose a server or the network to it, proved without the emitter.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import test from "ava";
import pg from "pg";
import { startPostgres, startStandby } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { startTcpServer } from "../tools/tcp-server.mjs";
import { eventually } from "./support/database.mjs";

async function query({ config }, sql) {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("a server that was halted or crashed starts again, with its data", async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.stop());
  await query(server, "CREATE TABLE kept (how text)");
  for (const how of ["halt", "crash"]) {
    await query(server, `INSERT INTO kept VALUES ('${how}')`);
    await server[how]();
    await t.throwsAsync(query(server, "SELECT"), { code: "ECONNREFUSED" });
    await server.start();
  }
  t.deepEqual(await query(server, "SELECT * FROM kept"), [{ how: "halt" }, { how: "crash" }]);
  await server.halt();
  await server.stop();
  t.false(existsSync(server.dataFolder));
  await t.throwsAsync(server.start());
});

test("a standby follows its primary, takes no writes, and is promoted", async (t) => {
  const primary = await startPostgres();
  t.teardown(() => primary.stop());
  await query(primary, "CREATE TABLE followed AS SELECT 1 AS n");
  const standby = await startStandby(primary);
  t.teardown(() => standby.stop());
  await query(primary, "INSERT INTO followed VALUES (2)");
  const count = async () => (await query(standby, "SELECT n FROM followed")).length;
  await eventually(async () => (await count()) === 2, "the standby has followed");
  await t.throwsAsync(query(standby, "INSERT INTO followed VALUES (3)"), { code: "25006" });
  await primary.crash();
  await standby.promote();
  await query(standby, "INSERT INTO followed VALUES (3)");
  t.is(await count(), 3);
  await primary.stop();
  await standby.stop();
  t.false(existsSync(primary.dataFolder) || existsSync(standby.dataFolder));
});

test("nothing is left of servers that are busy saying something when their parent is killed", async (t) => {
  const url = new URL("../tools/postgres.mjs", import.meta.url);
  const code = `
    import { startPostgres } from ${JSON.stringify(url)};
    const settings = { log_statement: "all" };
    const servers = await Promise.all([1, 2, 3, 4, 5].map(() => startPostgres({ settings })));
    const sql = "SELECT '" + "x".repeat(3_000) + "'";
    let count = 0;
    const flood = async (pool) => {
      for (;;) {
        await pool.query(sql);
        if (++count === 500) {
          console.log(JSON.stringify(servers.map(({ dataFolder }) => dataFolder)));
        }
      }
    };
    for (const server of servers) {
      const pool = server.pool({ max: 3 });
      for (let each = 0; each < 3; each++) flood(pool);
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = await once(createInterface(child.stdout), "line");
  child.kill("SIGKILL");
  await exited;
  const folders = JSON.parse(line);
  t.is(folders.length, 5);
  await eventually(() => !folders.some((folder) => existsSync(folder)), "all folders are gone");
  t.pass();
});

/** A server that sends back what it gets, a proxy before it, and a way to connect. */
async function echo(t) {
  const dialled = [];
  const server = await startTcpServer((socket) => socket.pipe(socket));
  const proxy = await startProxy(server);
  t.teardown(async () => {
    await proxy.close();
    for (const socket of dialled) socket.destroy();
    server.close();
  });
  const dial = async () => {
    const socket = connect(proxy.port, "127.0.0.1").on("error", () => {});
    dialled.push(socket);
    await once(socket, "connect");
    return socket;
  };
  return { proxy, dial };
}

test("a proxy passes on, delays, holds back and comes back", async (t) => {
  const { proxy, dial } = await echo(t);
  const socket = await dial();
  let heard = "";
  socket.setEncoding("utf8").on("data", (text) => {
    heard += text;
  });
  const hears = (text) => eventually(() => heard === text, text);
  socket.write("a");
  await hears("a");
  t.is(proxy.size, 1);

  proxy.delay(50);
  const begin = performance.now();
  socket.write("b");
  await hears("ab");
  t.true(performance.now() - begin >= 99);
  await proxy.comeBack();

  proxy.loseAnswers();
  socket.write("c");
  await eventually(() => proxy.held === 1, "the answer waits");
  await proxy.comeBack();
  await hears("abc");

  proxy.goBlack();
  socket.write("d");
  const other = await dial();
  other.write("e");
  await eventually(() => proxy.held === 2, "both wait");
  t.is(heard, "abc");
  const answered = once(other, "data");
  await proxy.comeBack();
  await hears("abcd");
  t.is(String((await answered)[0]), "e");
});

/** Unlike `once`, whatever error comes before. */
const closing = (socket) => new Promise((resolve) => socket.once("close", resolve));

test("a proxy cuts connections and refuses them", async (t) => {
  const { proxy, dial } = await echo(t);
  const cut = await dial();
  await eventually(() => proxy.size === 1, "a connection");
  proxy.cut();
  await closing(cut);
  const again = await dial();
  await eventually(() => proxy.size === 1, "another connection");
  const closed = closing(again);
  await proxy.refuse();
  await closed;
  await t.throwsAsync(once(connect(proxy.port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  await proxy.comeBack();
  await dial();
  t.pass();
});
