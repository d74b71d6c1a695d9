// Test runners load the package into a realm of its own, and the addon into another: what the package
// gives has to be of the former, or `toBeInstanceOf(Array)` and `deepStrictEqual` fail there.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { isDeepStrictEqual } from "node:util";
import { isProxy } from "node:util/types";
import test from "ava";
import pg from "pg";
import { startCluster } from "../tools/cluster.mjs";
import { run } from "./support/child.mjs";
import { inbox } from "./support/clients.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { openRealm, SHARED } from "./support/realm.mjs";

const postgres = usePostgres(test);

/** Everything reachable from `value` that is neither of the realm nor bytes, by its path. */
function strangers(value, realm, path = "it", seen = new Set()) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return [];
  if (seen.has(value) || Buffer.isBuffer(value) || isProxy(value)) return [];
  seen.add(value);
  let root = value;
  for (let next = root; next !== null; next = Object.getPrototypeOf(root)) root = next;
  const own = root === realm.evaluate("Object.prototype") ? [] : [path];
  const members = Object.entries(value).flatMap(([name, member]) =>
    strangers(member, realm, `${path}.${name}`, seen),
  );
  return [...own, ...members];
}

for (const [environment, shared] of Object.entries(SHARED)) {
  test(`what it gives is of the realm that loaded it (${environment})`, async (t) => {
    const database = await postgres.database();
    const cluster = await startCluster({ server: database, servers: 1 });
    const pool = new pg.Pool(database);
    const realm = openRealm(shared);
    const { Emitter, EmitterError, RESERVED_EVENTS } = realm.exports;
    const given = { RESERVED_EVENTS };
    const io = new Emitter(database.connectionString, "/", {
      onStateChange: (change) => {
        given[`onStateChange ${change.state}`] = change;
      },
      errorHandler: (error) => {
        given[`errorHandler ${error.code}`] = error;
      },
      parser: realm.evaluate(`({ encode: (message) => Buffer.from(JSON.stringify(message)) })`),
    });
    const plain = new Emitter(database.connectionString);
    const nowhere = new Emitter("postgres://x@127.0.0.1:1/x");
    const noTable = new Emitter(database.connectionString, "/", { tableName: "none" });
    const trace = (context) => {
      given.trace = context;
    };
    subscribe("tracing:socket.io-postgres-emitter:publish:asyncEnd", trace);
    t.teardown(async () => {
      unsubscribe("tracing:socket.io-postgres-emitter:publish:asyncEnd", trace);
      await Promise.all([io, plain, nowhere, noTable].map((each) => each.close()));
      await pool.end();
      await cluster.close();
    });
    const [{ io: server }] = cluster.servers;
    server.on("ask", (callback) => callback({ list: [1, { two: 2 }], bytes: Buffer.from("b") }));
    server.on("silent", () => {});
    const socket = await cluster.connect(0, "/", { rooms: ["room"] });
    socket.on("ask", (callback) => callback({ list: [1] }));

    /** Notes a promise, and what became of it. */
    const note = async (name, promise) => {
      given[`${name}, the promise`] = promise;
      const { value, reason } = (await Promise.allSettled([promise]))[0];
      given[name] = value ?? reason;
      return given[name];
    };
    await note("connect", plain.connect());
    await note("ensureTable", plain.ensureTable());
    await note("connect that fails", nowhere.connect());
    await note("ensureOutbox", plain.ensureOutbox());
    await note("ensureFunctions", plain.ensureFunctions());
    await note("emit", plain.emit("news", { at: new Date(0) }));
    await note("emit that fails", io.emit("news", 1n));
    await note("emit that PostgreSQL refuses", noTable.emit("bytes", Buffer.alloc(1)));
    given["emit's callback"] = await new Promise((resolve) => {
      plain.emit("ask", (_error, answers) => resolve(answers));
    });
    await note("flush", plain.flush());
    await note("queueUsage", plain.queueUsage());
    await note("serverCount", plain.serverCount());
    await note("serverSideEmitWithAck", plain.serverSideEmitWithAck("ask"));
    await note("emitWithAck", plain.emitWithAck("ask"));
    await note("a request that times out", plain.timeout(30).serverSideEmitWithAck("silent"));
    await note("fetchSockets", plain.fetchSockets());
    given.stats = plain.stats();
    given.statement = plain.statement("emit", "news");
    given["statement of an attachment"] = plain.statement("emit", "news", Buffer.from("bytes"));
    const executed = [];
    const using = plain.using((text, values) => {
      executed.push(values);
      return pool.query(text, values);
    });
    await note("using", using.emit("news", 1));
    await note("using, outbox", plain.outbox(pool).emit("news", 1));
    Object.assign(given, { "what an executor gets": executed[0] });
    given["stats of an executor"] = using.stats();
    await pool.query(
      `INSERT INTO socket_io_outbox (channel, payload, error) VALUES ('c', 'p', 'ERR')`,
    );
    await note("outboxStatus", plain.outboxStatus());
    await note("retrySetAside", plain.retrySetAside([]));
    await note("dropSetAside", plain.dropSetAside());
    const relay = plain.relay({
      onStateChange: (change) => {
        given[`relay's ${change.state}`] = change;
      },
    });
    await note("relay drain", relay.drain());
    await note("relay stats", relay.stats());
    await note("relay close", relay.close());
    await note("close", io.close());
    await note("emit after close", io.emit("news"));

    t.true(given.outboxStatus.setAside.length === 1 && given.fetchSockets.length === 1);
    t.true(given["emit that PostgreSQL refuses"] instanceof EmitterError);
    t.is(given["a request that times out"].code, "ERR_ACK_TIMEOUT");
    const found = Object.entries(given).flatMap(([name, value]) => strangers(value, realm, name));
    t.deepEqual(found, []);
    const wanted = realm.evaluate(`(["socket.io#/"])`);
    t.true(isDeepStrictEqual(given.statement.values.slice(0, 1), wanted));
    await eventually(() => given.trace, "a trace");
  });

  test(`what it is given may be of any realm (${environment})`, async (t) => {
    const database = await postgres.database();
    const cluster = await startCluster({ server: database, servers: 1 });
    const realm = openRealm(shared);
    const io = new realm.exports.Emitter(database.connectionString);
    t.teardown(() => Promise.all([io.close(), cluster.close()]));
    await io.ensureTable();
    const client = inbox(await cluster.connect(0));
    const inside = realm.evaluate(`({
      bytes: new Uint8Array([1, 2]), buffer: Buffer.from([3]), raw: new ArrayBuffer(1),
      at: new Date(0), list: [1, { two: 2 }],
    })`);
    const outside = {
      bytes: new Uint8Array([1, 2]),
      buffer: Buffer.from([3]),
      raw: new ArrayBuffer(1),
      at: new Date(0),
      list: [1, { two: 2 }],
    };
    for (const value of [inside, outside]) {
      await io.to(realm.evaluate(`["a", ["b"]]`)).emit("x", value);
      await io.emit("value", value);
      const [, heard] = await client.until("value");
      client.take();
      t.deepEqual(heard, {
        bytes: Buffer.from([1, 2]),
        buffer: Buffer.from([3]),
        raw: Buffer.from([0]),
        at: "1970-01-01T00:00:00.000Z",
        list: [1, { two: 2 }],
      });
    }
    const parser = { encode: (message) => new TextEncoder().encode(JSON.stringify(message)) };
    const encoding = new realm.exports.Emitter(database.connectionString, "/", { parser });
    t.teardown(() => encoding.close());
    await t.notThrowsAsync(encoding.emit("value", outside));
    const ca = [Buffer.from("no"), new TextEncoder().encode("PEM")];
    const open = () => new realm.exports.Emitter({ host: "127.0.0.1", ssl: { ca } });
    // Bytes are PEM to read, and of the right type.
    t.throws(open, { instanceOf: realm.exports.EmitterError, code: "ERR_INVALID_ARG_VALUE" });
  });
}

test("once it is closed, nothing native holds a function of its realm", async (t) => {
  const { connectionString } = await postgres.database();
  // Each function that native code may call is one of these until it is given up.
  const { code, stdout, stderr } = await run(
    `
    import { createHook } from "node:async_hooks";
    import { setTimeout as wait } from "node:timers/promises";
    const held = new Set();
    createHook({
      init: (id, type) => type === "napi_rs_threadsafe_function" && held.add(id),
      destroy: (id) => held.delete(id),
    }).enable();
    const { Emitter } = await import("./index.js");
    const url = new URL(process.env.URL);
    const password = () => url.password;
    const { hostname: host, port, username: user } = url;
    const connection = { host, port, user, database: url.pathname.slice(1), password };
    const io = new Emitter(connection, "/", { listenConnection: { ...connection } });
    await io.ensureTable();
    await io.ensureOutbox();
    await io.emit("news");
    await io.serverCount();
    await io.outboxStatus();
    const relay = io.relay();
    await relay.drain();
    await relay.close();
    const before = held.size;
    await io.close();
    for (let turn = 0; turn < 500 && held.size > 0; turn++) await wait(10);
    console.log(before > 0, held.size, io.state, relay.state);`,
    { env: { URL: connectionString } },
  );
  t.is(stderr, "");
  t.is(stdout, "true 0 closed closed\n");
  t.is(code, 0);
});
