// What goes wrong, and what the caller is told.

import { lookup } from "node:dns/promises";
import test from "ava";
import { attachmentTableSql, Emitter, EmitterError, RESERVED_EVENTS } from "../index.js";
import { usePostgres } from "./support/database.mjs";
import { emitterFor, NOWHERE, outcome } from "./support/emitters.mjs";
import { broadcastText, listenFor, text } from "./support/wire.mjs";

const postgres = usePostgres(test);
const BYTES = Buffer.from("b");

/** Rejects with an EmitterError that has `code`; gives the error back. */
async function rejects(t, promise, code, what = code) {
  t.true(promise instanceof Promise, what);
  return t.throwsAsync(promise, { instanceOf: EmitterError, code }, what);
}

/** An emitter that keeps what its errorHandler gets. */
function open(t, connection, options) {
  const handled = [];
  const errorHandler = (error) => handled.push(error);
  const emitter = emitterFor(t, connection, "/", { errorHandler, ...options });
  return { emitter, handled };
}

test("an error made for a test's double is like any other", (t) => {
  const cause = new Error("no route");
  const error = new EmitterError("ERR_TIMEOUT", "too late", { cause, namespace: "/", port: 5432 });
  t.like(error, {
    name: "EmitterError",
    code: "ERR_TIMEOUT",
    message: "too late",
    cause,
    port: 5432,
  });
  t.true(error.stack.startsWith("EmitterError: too late"));
  for (const bare of [new EmitterError("42P01"), new EmitterError("42P01", undefined, null)]) {
    t.like(bare, { code: "42P01", message: "" });
    t.deepEqual(Object.keys(bare), ["code"]);
    t.false("cause" in bare);
  }
});

test("reserved events", async (t) => {
  const { emitter } = open(t, NOWHERE);
  for (const event of RESERVED_EVENTS) {
    for (const from of [emitter, emitter.to("a"), emitter.of("/admin")]) {
      const error = await rejects(t, from.emit(event, 1), "ERR_RESERVED_EVENT", event);
      t.is(error.message, `"${event}" is a reserved event name`);
    }
  }
  for (const event of ["connect", "connection", "new_namespace"]) {
    for (const from of [emitter, emitter.to("a")]) {
      const error = await rejects(t, from.serverSideEmit(event), "ERR_RESERVED_EVENT", event);
      t.is(error.message, `"${event}" is a reserved event name`);
    }
  }
});

test("a missing table says how to create it", async (t) => {
  const database = await postgres.database("CREATE SCHEMA app");
  for (const tableName of [undefined, "other", 'app."No Such"', "no_schema.t"]) {
    const { emitter, handled } = open(t, database, { tableName });
    const code = tableName === "no_schema.t" ? /^(42P01|3F000)$/ : /^42P01$/;
    const error = await t.throwsAsync(emitter.emit("e", BYTES), { instanceOf: EmitterError });
    t.regex(error.code, code);
    t.is(error.severity, "ERROR");
    t.regex(`${error.message} ${error.hint}`, /ensureTable/);
    t.is(handled.length, 1);
    // Small messages need no table.
    await emitter.emit("e");
  }
});

test("ensureTable fails like any other call", async (t) => {
  const database = await postgres.database();
  const { emitter } = open(t, database, { tableName: "no_schema.t" });
  await rejects(t, emitter.ensureTable(), "3F000");
});

test("PostgreSQL's severity, detail and hint", async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'no rows today' USING
        ERRCODE = 'ZZ123', DETAIL = 'the detail', HINT = 'the hint';
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON socket_io_attachments
      FOR EACH ROW EXECUTE FUNCTION refuse();`);
  const { emitter, handled } = open(t, database);
  const error = await rejects(t, emitter.emit("e", BYTES), "ZZ123");
  t.regex(error.message, /no rows today/);
  t.is(error.severity, "ERROR");
  t.is(error.detail, "the detail");
  t.is(error.hint, "the hint");
  t.is(handled.length, 1);
});

test("who may not, and what is not there", async (t) => {
  const { config } = postgres.server;
  const broken = [
    ["28P01", { ...config, password: "wrong" }],
    ["28P01", { ...config, user: "nobody at all" }],
    ["3D000", { ...config, database: "no such database" }],
  ];
  for (const [code, connection] of broken) {
    const target = `postgres://${[connection.user, connection.password]
      .map(encodeURIComponent)
      .join(":")}@${config.host}:${config.port}/${encodeURIComponent(connection.database)}`;
    const { emitter, handled } = open(t, target);
    const error = await rejects(t, emitter.emit("e"), code);
    t.is(error.severity, "FATAL");
    t.is(handled.length, 1);
    await rejects(t, emitter.connect(), code);
    await rejects(t, emitter.emit("e", BYTES), code);
    await rejects(t, emitter.ensureTable(), code);
  }
});

test("an object as connection fails alike", async (t) => {
  const emitter = new Emitter({ ...postgres.server.config, password: "wrong" }, "/", {
    errorHandler: () => {},
  });
  t.teardown(() => emitter.close());
  await rejects(t, emitter.emit("e"), "28P01");
});

test("the network's errors have Node's names", async (t) => {
  const { emitter, handled } = open(t, NOWHERE);
  await rejects(t, emitter.connect(), "ECONNREFUSED");
  t.is(handled.length, 0);

  // A message waits for a server that is away, and then says why it waited.
  const hasty = open(t, NOWHERE, { publishTimeoutMillis: 200 });
  for (const call of [hasty.emitter.emit("e"), hasty.emitter.to("a").socketsJoin("b")]) {
    const error = await rejects(t, call, "ERR_TIMEOUT");
    t.true(error.cause instanceof EmitterError);
    t.is(error.cause.code, "ECONNREFUSED");
    t.true(error.message.includes("ECONNREFUSED"));
  }
  t.is(hasty.handled.length, 2);

  const host = "no-such-host.invalid";
  // A machine without any resolver says EAI_AGAIN, Node's name for that.
  const { reason } = await outcome(lookup(host));
  const unknown = open(t, `postgres://u:p@${host}/d`);
  await rejects(t, unknown.emitter.connect(), reason.code);
});

test("errorHandler gets each failure once, the same error, and no success", async (t) => {
  const database = await postgres.database();
  const { emitter, handled } = open(t, database);
  await emitter.emit("e");
  t.is(handled.length, 0);
  const calls = [
    emitter.emit("e", BYTES),
    emitter.of("/admin").emit("e", BYTES),
    emitter.to("a").serverSideEmit("e", BYTES),
  ];
  const reasons = (await Promise.allSettled(calls)).map(({ reason }) => reason);
  t.is(handled.length, 3);
  t.deepEqual(
    handled.map(({ code }) => code),
    ["42P01", "42P01", "42P01"],
  );
  t.deepEqual(new Set(handled), new Set(reasons));

  const refused = await outcome(emitter.emit("e", 1n));
  t.is(handled.length, 4);
  t.is(handled[3], refused.reason);
  await emitter.emit("e");
  t.is(handled.length, 4);
});

test("a failure spoils no neighbour sent at the same time", async (t) => {
  const database = await postgres.database(`${attachmentTableSql()};
    ALTER TABLE socket_io_attachments ADD CHECK (octet_length(payload) < 20000);`);
  const { emitter, handled } = open(t, database);
  const listener = await listenFor(t, database);
  const calls = Array.from({ length: 200 }, (_, index) => {
    if (index % 10 === 3) {
      return emitter.emit("too long", index, "x".repeat(30_000));
    }
    return index % 10 === 6 ? emitter.emit("bytes", BYTES) : emitter.emit("e", index);
  });
  const results = await Promise.allSettled(calls);
  for (const [index, { status, reason }] of results.entries()) {
    t.is(status, index % 10 === 3 ? "rejected" : "fulfilled", `message ${index}: ${reason}`);
    if (reason) {
      t.is(reason.code, "23514");
    }
  }
  t.is(handled.length, 20);
  t.is((await listener.next(180)).length, 180);
  await emitter.emit("fence");
  t.is(text((await listener.next())[0]), broadcastText(["fence"]));
});

test("a parser that fails rejects its message only, and nothing is sent", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const thrown = new Error("the parser's own");
  const encoders = {
    throws: () => {
      throw thrown;
    },
    "throws no error": () => {
      throw undefined;
    },
    undefined: () => undefined,
    string: () => "text",
    array: () => [1, 2],
    promise: async () => Buffer.from("b"),
    "another view": () => new Uint16Array(1),
  };
  for (const [name, encode] of Object.entries(encoders)) {
    const { emitter, handled } = open(t, database, { parser: { encode } });
    const listener = await listenFor(t, database);
    const error = await t.throwsAsync(emitter.emit("e", BYTES), { instanceOf: EmitterError }, name);
    t.is(typeof error.code, "string", name);
    t.is(handled.length, 1, name);
    await emitter.emit("fence");
    t.is(text((await listener.next())[0]), broadcastText(["fence"]), name);
  }
  const { rows } = await database
    .pool({ max: 1 })
    .query("SELECT count(*)::int AS n FROM socket_io_attachments");
  t.is(rows[0].n, 0);
});
