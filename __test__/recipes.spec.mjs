// The recipes of docs/transactions.md, each run with the real library.

import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import test from "ava";
import { fence } from "./support/clients.mjs";
import { usePostgres } from "./support/database.mjs";
import { blocksFor, readDocument } from "./support/documents/blocks.mjs";
import { emitterFor } from "./support/emitters.mjs";
import { generatePrismaClient } from "./support/prisma-client.mjs";
import { openShop, SCHEMA } from "./support/shop.mjs";

const ROOT = new URL("../", import.meta.url);
const FOLDER = new URL("examples/transactions/", ROOT);

/** Inside the NOTIFY, and through the table, long or with bytes. */
const RECEIPTS = ["short", "x".repeat(10_000), Buffer.from([0, 255, 36, 49])];
const BYTES = RECEIPTS[2];

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
  const start = rust.indexOf("async fn pay(");
  t.deepEqual(codes("rust"), [rust.slice(start, rust.indexOf("\n}\n", start) + 3)]);
});

// One after the other: each reads its database's address from the environment.
for (const name of files.filter((file) => file !== "pglite.mjs")) {
  test.serial(`${name}: clients hear of a payment if it was committed`, async (t) => {
    const { database, pool, customer, other, states } = await openShop(t, postgres);
    process.env.DATABASE_URL = database.connectionString;
    const { pay, close } = await import(new URL(name, FOLDER));
    t.teardown(close);
    for (const [index, receipt] of RECEIPTS.entries()) {
      const id = index + 1;
      await pay(id, receipt);
      t.deepEqual(await customer.until("paid"), ["paid", { id, receipt }]);
      t.is(customer.take().length, 1);
    }
    // The account is empty: the check fails after the event was sent.
    for (const receipt of RECEIPTS) {
      await t.throwsAsync(pay(4, receipt));
    }
    t.deepEqual(await fence(emitterFor(t, database), [customer, other]), [[], []]);
    t.deepEqual(await states(), ["paid", "paid", "paid", "open"]);

    // However the library wraps PostgreSQL's error, ours says how to create the table.
    await pool.query("DROP TABLE socket_io_attachments");
    const error = await t.throwsAsync(pay(4, BYTES));
    if (name !== "prisma-batch.mjs") t.regex(String(error.hint), /attachmentTableSql/);
    if (!WRAPPING.has(name)) t.is(error.code, "42P01");
  });
}

test.serial("pglite.mjs: its own listeners hear of a payment if it was committed", async (t) => {
  const { db, pay, close } = await import(new URL("pglite.mjs", FOLDER));
  t.teardown(close);
  await db.exec(SCHEMA);
  const payloads = [];
  await db.listen('"socket.io#/"', (payload) => payloads.push(JSON.parse(payload)));
  for (const [index, receipt] of RECEIPTS.entries()) {
    await pay(index + 1, receipt);
  }
  for (const receipt of RECEIPTS) {
    await t.throwsAsync(pay(4, receipt));
  }
  t.is(payloads.length, 3);
  t.deepEqual(payloads[0].data.packet.data, ["paid", { id: 1, receipt: "short" }]);
  const { rows } = await db.query("SELECT id FROM socket_io_attachments ORDER BY id");
  t.deepEqual(
    payloads.slice(1).map(({ attachmentId }) => attachmentId),
    rows.map(({ id }) => String(id)),
  );
  await db.exec("DROP TABLE socket_io_attachments");
  const error = await t.throwsAsync(pay(4, BYTES), { code: "42P01" });
  t.regex(error.hint, /attachmentTableSql/);
});

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;
const rustTest = hasCargo ? test.serial : test.serial.skip;

rustTest("transaction.rs: clients hear of a payment if it was committed", async (t) => {
  // It is built here, when `cargo test` has not done so.
  t.timeout(300_000);
  const { database, customer, other, states } = await openShop(t, postgres);
  const command = "run --quiet --locked --example transaction --".split(" ");
  const pay = async (...orders) => {
    const child = spawn("cargo", [...command, database.connectionString, ...orders], {
      cwd: fileURLToPath(ROOT),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = await text(child.stdout);
    return output.split("\n").map((line) => line.split(":")[0]);
  };
  t.deepEqual(await pay("1", "2"), ["paid 1", "paid 2", ""]);
  t.deepEqual(await customer.until("receipt"), ["receipt", 1, Buffer.from([0, 255, 36, 49])]);
  t.deepEqual(await pay("3", "4"), ["paid 3", "refused 4", ""]);
  const [ours, theirs] = await fence(emitterFor(t, database), [customer, other]);
  t.deepEqual(
    ours.filter(([event]) => event === "paid"),
    [1, 2, 3].map((id) => ["paid", id]),
  );
  t.deepEqual(theirs, []);
  t.deepEqual(await states(), ["paid", "paid", "paid", "open"]);
});
