// The main job on each PostgreSQL: from the oldest that is still kept up to the newest.

import test from "ava";
import { Emitter } from "../index.js";
import { startCluster } from "../tools/cluster.mjs";
import { startPostgres } from "../tools/postgres.mjs";
import { fence, inbox } from "./support/clients.mjs";
import { relayFor } from "./support/relays.mjs";

for (const version of [14, 16, 18]) {
  test(`PostgreSQL ${version}: short and long messages, and bytes`, async (t) => {
    const server = await startPostgres({ version });
    t.teardown(() => server.stop());
    const { rows } = await server.pool({ max: 1 }).query("SHOW server_version_num");
    t.is(Math.floor(rows[0].server_version_num / 10_000), version);

    const emitter = new Emitter(server.connectionString);
    await emitter.ensureTable();
    await emitter.ensureTable();
    const cluster = await startCluster({ server, createTable: false });
    // Before the server is stopped: teardowns run from the last to the first.
    t.teardown(() => cluster.close());
    t.teardown(() => emitter.close());
    const boxes = [
      inbox(await cluster.connect(0, "/", { rooms: ["blue"] }), "blue"),
      inbox(await cluster.connect(1), "no room"),
    ];

    const long = "é漢😀".repeat(1_000);
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    await emitter.emit("short", 1, "é漢😀");
    await emitter.to("blue").emit("to blue", null);
    await Promise.all(Array.from({ length: 3 }, () => emitter.emit("same")));
    await emitter.emit("long", long);
    await emitter.emit("bytes", { bytes });
    const all = [
      ["short", 1, "é漢😀"],
      ["same"],
      ["same"],
      ["same"],
      ["long", long],
      ["bytes", { bytes }],
    ];
    // A server reads attachments by queries of its own, so what comes later may overtake them.
    await Promise.all(boxes.flatMap((box) => [box.until("long"), box.until("bytes")]));
    const [blue, other] = await fence(emitter, boxes);
    const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));
    t.deepEqual(blue.sort(byName), [...all, ["to blue", null]].sort(byName));
    t.deepEqual(other.sort(byName), [...all].sort(byName));
    t.deepEqual(cluster.errors, []);
    t.is(await emitter.queueUsage(), 0);

    await emitter.ensureOutbox();
    await emitter.ensureFunctions();
    await emitter.ensureFunctions();
    const relay = relayFor(t, emitter, { errorHandler: ({ code }) => t.is(code, "ERR_SET_ASIDE") });
    const pool = server.pool({ max: 1 });
    await pool.query(
      "SELECT socket_io_emit('sql', '[\"é漢😀\"]', rooms => '{blue}', compress => false)",
    );
    await pool.query("SELECT socket_io_emit('long', jsonb_build_array($1::text))", [long]);
    await pool.query("SELECT socket_io_emit('end')");
    await relay.drain();
    for (const [box, events] of [
      [boxes[0], [["sql", "é漢😀"]]],
      [boxes[1], []],
    ]) {
      await Promise.all([box.until("long"), box.until("end")]);
      t.deepEqual(box.take().sort(byName), [["end"], ["long", long], ...events]);
    }

    const nested = (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const deep = JSON.parse(nested(900));
    for (const outbox of [emitter.outbox(pool), emitter.outbox()]) {
      await pool.query(
        "INSERT INTO socket_io_outbox (created_at, channel, payload) VALUES ('infinity', 'c', '{no JSON')",
      );
      await outbox.emit("deep", deep);
      await pool.query("INSERT INTO socket_io_outbox (channel, payload) VALUES ('c', $1)", [
        `{"type":3,"deep":${nested(3_900)}}`,
      ]);
      await outbox.to("blue").emit("to blue", "é漢😀");
      await Promise.all(Array.from({ length: 3 }, () => outbox.emit("same")));
      await outbox.emit("long", long);
      await outbox.emit("bytes", { bytes });
      await relay.drain();
      t.like(await emitter.outboxStatus(), { waiting: 0, failed: 1, setAside: [{ ageMillis: 0 }] });
      t.is(await emitter.dropSetAside(), 1);
      await Promise.all(boxes.flatMap((box) => [box.until("long"), box.until("bytes")]));
      const [toBlue, toOther] = await fence(emitter, boxes);
      const toAll = [
        ["bytes", { bytes }],
        ["deep", deep],
        ["long", long],
      ];
      const same = [["same"], ["same"], ["same"]];
      t.deepEqual(toOther.sort(byName), [...toAll, ...same]);
      t.deepEqual(toBlue.sort(byName), [...toAll, ...same, ["to blue", "é漢😀"]]);
    }
    t.deepEqual(cluster.errors, []);
  });
}
