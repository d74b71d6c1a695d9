// The recipes of docs/transactions.md, each run with the real library.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { decode } from "@msgpack/msgpack";
import test from "ava";
import { fence } from "./support/clients.mjs";
import { eventually, usePostgres } from "./support/database.mjs";
import { blocksFor, readDocument } from "./support/documents/blocks.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { generatePrismaClient } from "./support/prisma-client.mjs";
import { relayFor } from "./support/relays.mjs";
import { openShop, SCHEMA, UNPAID } from "./support/shop.mjs";

const ROOT = new URL("../", import.meta.url);
const FOLDER = new URL("examples/transactions/", ROOT);

/** Inside the NOTIFY, and through the table, long or with bytes. */
const RECEIPTS = ["short", "x".repeat(10_000), Buffer.from([0, 255, 36, 49])];
const BYTES = RECEIPTS[2];

/** Both ways, each with what tells that its table is missing. */
const WAYS = [
  { outbox: true, hint: /outboxSql/ },
  { outbox: false, hint: /attachmentTableSql/ },
];

/** All that is paid for, in its order: each way with each receipt. */
const PAYMENTS = WAYS.flatMap((way) => RECEIPTS.map((receipt) => ({ way, receipt }))).map(
  (payment, index) => ({ id: index + 1, ...payment }),
);
const STATES = [...PAYMENTS.map(() => "paid"), "open"];

/** Those whose errors are not PostgreSQL's own. */
const WRAPPING = new Set(["drizzle.mjs", "prisma.mjs", "prisma-batch.mjs"]);

const read = (path) => readFileSync(new URL(path, ROOT), "utf8");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".mjs"));

const postgres = usePostgres(test, { setUp: generatePrismaClient });

test("the document shows the recipes as they are run", (t) => {
  const document = readDocument("docs/transactions.md");
  const blocks = blocksFor("recipes.spec.mjs");
  const codes = (wanted) =>
    blocks.filter(({ language }) => language === wanted).map(({ code }) => code);
  t.is(files.length, 9);
  t.deepEqual(
    codes("js").sort(),
    files.map((name) => read(`examples/transactions/${name}`)).sort(),
  );
  for (const name of files) {
    const path = `examples/transactions/${name}`;
    t.true(document.includes(`[${path}](../${path})\n\n\`\`\`js\n${read(path)}\`\`\`\n`), name);
  }
  const rust = read("examples/transaction.rs");
  // With its comment.
  const start = rust.lastIndexOf("\n\n", rust.indexOf("async fn pay(")) + 2;
  t.deepEqual(codes("rust"), [rust.slice(start, rust.indexOf("\n}\n", start) + 3)]);
});

// One after the other: each reads its database's address from the environment.
for (const name of files.filter((file) => file !== "pglite.mjs")) {
  test.serial(`${name}: clients hear of a payment if it was committed`, async (t) => {
    const { database, pool, customer, other, states } = await openShop(t, postgres);
    const emitter = emitterFor(t, database);
    const relay = relayFor(t, emitter);
    process.env.DATABASE_URL = database.connectionString;
    const { pay, close } = await import(new URL(name, FOLDER));
    t.teardown(close);
    for (const { id, receipt, way } of PAYMENTS) {
      await pay(id, receipt, way);
      t.deepEqual(await customer.until("paid"), ["paid", { id, receipt }]);
      t.is(customer.take().length, 1);
    }
    // The account is empty: the check fails after the event was sent.
    for (const { receipt, way } of PAYMENTS) {
      await t.throwsAsync(pay(UNPAID, receipt, way));
    }
    await relay.drain();
    t.deepEqual(await fence(emitter, [customer, other]), [[], []]);
    t.deepEqual(await states(), STATES);
    t.is((await relay.stats()).published, RECEIPTS.length);

    // However the library wraps PostgreSQL's error, ours says how to create the table.
    await relay.close();
    await pool.query("DROP TABLE socket_io_attachments, socket_io_outbox");
    for (const way of WAYS) {
      const error = await t.throwsAsync(pay(UNPAID, BYTES, way));
      if (name !== "prisma-batch.mjs") t.regex(String(error.hint), way.hint);
      if (!WRAPPING.has(name)) t.is(error.code, "42P01");
    }
  });
}

test.serial(
  "pglite.mjs: it has heard of a payment, or holds its row, if it was committed",
  async (t) => {
    const { db, pay, close } = await import(new URL("pglite.mjs", FOLDER));
    t.teardown(close);
    await db.exec(SCHEMA);
    const payloads = [];
    await db.listen('"socket.io#/"', (payload) => payloads.push(JSON.parse(payload)));
    for (const { id, receipt, way } of PAYMENTS) await pay(id, receipt, way);
    for (const { receipt, way } of PAYMENTS) await t.throwsAsync(pay(UNPAID, receipt, way));

    t.is(payloads.length, 3);
    t.deepEqual(payloads[0].data.packet.data, ["paid", { id: 4, receipt: "short" }]);
    const { rows } = await db.query("SELECT id FROM socket_io_attachments ORDER BY id");
    t.deepEqual(
      payloads.slice(1).map(({ attachmentId }) => attachmentId),
      rows.map(({ id }) => String(id)),
    );
    const { rows: waiting } = await db.query(
      "SELECT channel, payload, attachment FROM socket_io_outbox ORDER BY id",
    );
    const messages = waiting.map(({ payload, attachment }) =>
      attachment ? decode(attachment) : JSON.parse(payload),
    );
    t.deepEqual(
      messages.map(({ data }) => data.packet.data),
      ["short", RECEIPTS[1], new Uint8Array(BYTES)].map((receipt, index) => [
        "paid",
        { id: index + 1, receipt },
      ]),
    );
    await db.exec("DROP TABLE socket_io_attachments, socket_io_outbox");
    for (const way of WAYS) {
      const error = await t.throwsAsync(pay(UNPAID, BYTES, way), { code: "42P01" });
      t.regex(error.hint, way.hint);
    }
  },
);

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;
const rustTest = hasCargo ? test.serial : test.serial.skip;

rustTest("transaction.rs: clients hear of a payment if it was committed", async (t) => {
  // It is built here, when `cargo test` has not done so.
  t.timeout(300_000);
  const { database, customer, other, states } = await openShop(t, postgres);
  const command = "run --quiet --locked --example transaction --".split(" ");
  const pay = async (way, ...orders) => {
    const child = spawn("cargo", [...command, way, database.connectionString, ...orders], {
      cwd: fileURLToPath(ROOT),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    // What PostgreSQL said of it is printed, too.
    t.is(output.includes("refused"), output.includes("violates check constraint"), output);
    const lines = output.split("\n").filter((line) => !line.startsWith("DETAIL"));
    return [code, ...lines.map((line) => line.split(":")[0])];
  };
  const emitter = emitterFor(t, database);
  // They go through the table, and so may be overtaken.
  const receipts = [];
  customer.socket.on("receipt", (...receipt) => receipts.push(receipt));
  for (const [way, first, second, last] of [
    ["outbox", 1, 2, 3],
    ["using", 4, 5, 6],
  ]) {
    t.deepEqual(await pay(way, first, second), [0, `paid ${first}`, `paid ${second}`, ""]);
    // There is money for six.
    const orders = way === "using" ? [last, UNPAID] : [last];
    const said = orders.map((id) => `${id === UNPAID ? "refused" : "paid"} ${id}`);
    t.deepEqual(await pay(way, ...orders), [0, ...said, ""]);
    const [ours, theirs] = await fence(emitter, [customer, other]);
    t.deepEqual(
      ours.filter(([event]) => event === "paid"),
      [first, second, last].map((id) => ["paid", id]),
    );
    t.deepEqual(theirs, []);
  }
  t.deepEqual(await pay("outbox", UNPAID), [0, `refused ${UNPAID}`, ""]);
  t.deepEqual(await fence(emitter, [other]), [[]]);
  await eventually(() => receipts.length === PAYMENTS.length, "each payment has a receipt");
  t.deepEqual(
    receipts.sort(([one], [another]) => one - another),
    PAYMENTS.map(({ id }) => [id, BYTES]),
  );
  t.deepEqual(await states(), STATES);
});
