// The command line: what its arguments and its lines mean, and how it ends.

import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { mock } from "node:test";
import test from "ava";
import { attachmentTableSql } from "../index.js";
import { connectionStringOf } from "../tools/postgres.mjs";
import { startProxy } from "../tools/proxy.mjs";
import { command, startCommand } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";
import { argsOf, listenFor } from "./support/wire.mjs";

const require = createRequire(import.meta.url);

const { MAX_IN_FLIGHT, sendLines } = require("../cli/lines.js");

const { Progress } = require("../cli/progress.js");

const { readRooms } = require("../cli/usage.js");

const postgres = usePostgres(test);

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} in "emit -" says how many lines were sent`, async (t) => {
    const database = await postgres.database();
    const listener = await listenFor(t, database);
    const { child, ended } = startCommand(["emit", "-", "--url", database.connectionString]);
    t.teardown(() => child.kill("SIGKILL"));
    child.stdin.on("error", () => {});
    // No end of the input: of that the signal is in place.
    child.stdin.write('["a"]\n\n["b"]\n["c"]');
    await listener.next(2);
    child.kill(signal);
    const { code, stderr } = await ended;
    t.is(code, signal === "SIGINT" ? 130 : 143);
    t.regex(stderr, /^2 sent in /m);
    t.regex(stderr, new RegExp(`interrupted by ${signal}: 2 lines were sent`));
  });
}

test("a second Ctrl-C does not wait for what is on its way", async (t) => {
  const network = await startProxy(postgres.server.config);
  t.teardown(() => network.close());
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const url = connectionStringOf({ ...database.config, port: network.port });
  const { child, until, ended } = startCommand(["emit", "-", "--url", url]);
  t.teardown(() => child.kill("SIGKILL"));
  child.stdin.write('["a"]\n');
  await listener.next(1);
  network.goBlack();
  child.stdin.write('["b"]\n');
  child.kill("SIGINT");
  await until(({ stderr }) => stderr.includes("Ctrl-C again"));
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  t.is(code, 130);
  // That PostgreSQL has the first may or may not have been told before the network went.
  t.regex(stderr, /^[01] sent in /m);
});

test("a negative number is an argument, and no option", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const url = ["--url", database.connectionString];
  const { code, stderr } = await command([
    "emit",
    "e",
    "-5",
    "-1.5e3",
    "--to",
    "-7",
    "-0x",
    ...url,
  ]);
  t.is(code, 0, stderr);
  const [{ payload }] = await listener.next(1);
  const { packet, opts } = JSON.parse(payload).data;
  t.deepEqual(packet.data, ["e", -5, -1500, "-0x"]);
  t.deepEqual(opts.rooms, ["-7"]);
});

test("emit EVENT - sends each line, in their order", async (t) => {
  const database = await postgres.database(attachmentTableSql());
  const listener = await listenFor(t, database);
  const count = 20_000;
  const input = Array.from({ length: count }, (_, index) => `{"index":${index},"é":"${index}"}\n`);
  input.splice(5_000, 0, "\n", `"${"long ".repeat(4_000)}"\n`);
  const url = ["--url", database.connectionString];
  const { code, stdout, stderr } = await command(["emit", "line", "-", ...url], {
    input: input.join("").trimEnd(),
  });
  t.is(code, 0, stderr);
  t.is(stdout, "");
  t.regex(stderr, /^20001 sent in [\d.]+ s, \d+\/s\n$/);
  const heard = await listener.next(count + 1);
  const [long] = heard.splice(5_000, 1);
  t.is((await argsOf(database.pool({ max: 1 }), long))[0].length, 20_000);
  const indexes = heard.map(({ payload }) => JSON.parse(payload).data.packet.data[1].index);
  t.true(indexes.every((index, place) => index === place));
});

test("emit - sends whole events; the first line that is none ends it", async (t) => {
  const database = await postgres.database();
  const listener = await listenFor(t, database);
  const url = ["--url", database.connectionString];
  const whole = await command(["emit", "-", ...url], { input: '["a",1]\n["b"]\n' });
  t.is(whole.code, 0, whole.stderr);
  for (const wrong of ["no JSON", '{"event":"c"}', "[7]"]) {
    const { code, stderr } = await command(["emit", "-", ...url], {
      input: `["c"]\n${wrong}\n["never"]\n`,
    });
    t.is(code, 1);
    t.true(stderr.includes("line 2: "), stderr);
    t.regex(stderr, /^1 sent in /);
  }
  // A line that is refused: what was read after it may be sent.
  const refused = await command(["emit", "-", ...url], { input: '["d"]\n["connect"]\n' });
  t.is(refused.code, 1);
  t.true(refused.stderr.includes("ERR_RESERVED_EVENT: line 2: "), refused.stderr);
  const heard = await listener.next(6);
  const packets = heard.map(({ payload }) => JSON.parse(payload).data.packet.data);
  t.deepEqual(packets, [["a", 1], ["b"], ["c"], ["c"], ["c"], ["d"]]);
});

test("of a long input only so much is on its way at once", async (t) => {
  const count = 3 * MAX_IN_FLIGHT + 1;
  let unsettled = [];
  let most = 0;
  let total = 0;
  const settle = () => {
    const batch = unsettled;
    unsettled = [];
    for (const resolve of batch) resolve();
  };
  const send = () =>
    new Promise((resolve) => {
      total++;
      most = Math.max(most, unsettled.push(resolve));
      // Not at once: a sender that is too fast has the time to send too much.
      if (unsettled.length === MAX_IN_FLIGHT || total === count) setImmediate(settle);
    });
  const input = Readable.from([Buffer.from("1\n".repeat(count))]);
  let written = "";
  const log = { write: (text) => (written += text) };
  await sendLines(input, send, new Progress(log));
  t.deepEqual({ most, total }, { most: MAX_IN_FLIGHT, total: count });
  t.true(written.startsWith(`${count} sent in `));
});

test.serial(
  "a long run tells how far it is: on a terminal in one line, in a log now and then",
  (t) => {
    mock.timers.enable({ apis: ["setInterval"] });
    t.teardown(() => mock.timers.reset());
    const shown = (stream, millis) => {
      let written = "";
      const progress = new Progress({ ...stream, write: (text) => (written += text) });
      for (const sent of [1, 2]) {
        for (let count = 0; count < sent; count++) progress.count();
        mock.timers.tick(millis);
      }
      progress.end();
      // Nothing after the end.
      mock.timers.tick(millis);
      return written.replaceAll(/ in [\d.]+ s, (\d+|Infinity)\/s/g, "");
    };
    t.is(shown({ isTTY: true }, 500), "\r1 sent\r3 sent\r3 sent\n");
    t.is(shown({}, 10_000), "1 sent\n3 sent\n3 sent\n");
    t.is(shown({}, 4_000), "3 sent\n");
  },
);

test("rooms are strings, and JSON arrays say otherwise", (t) => {
  t.deepEqual(readRooms(["42", "a b", '[42,"43"]', "[draft", "{}"]), [
    "42",
    "a b",
    42,
    "43",
    "[draft",
    "{}",
  ]);
});
