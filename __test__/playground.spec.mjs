// The playground's page in a real browser: each call, and who received what of it.

import test from "ava";
import { fillCall, makeCall } from "../tools/playground.mjs";
import { eventually } from "./support/database.mjs";
import {
  boxOf,
  controlsOf,
  marked,
  received,
  roomsOf,
  showsRooms,
  showsStatus,
} from "./support/playground.mjs";
import { useBrowser } from "./support/playground-page.mjs";

const { browsed, where, onPage } = useBrowser(test);

browsed(
  `an event is drawn where it arrives, and nowhere else, in ${where}`,
  onPage(async (t, page) => {
    const cases = [
      [
        { event: "a", args: '"x", {"n":1}' },
        'emit("a", "x", { n: 1 })',
        "ann ben cleo",
        'a "x", { n: 1 }',
      ],
      [
        { event: "b", args: "plain, 7", to: "sport" },
        'to("sport").emit("b", "plain", 7)',
        "ben cleo",
        'b "plain", 7',
      ],
      [
        { event: "c", to: "news, 42", except: "sport" },
        'to("news", 42).except("sport").emit("c")',
        "ann",
        "c",
      ],
      [{ event: "d", to: '"42"' }, 'to("42").emit("d")', "", "d"],
      [{ event: "e", of: "admin" }, 'of("admin").emit("e")', "cleo@admin", "e"],
      [
        { event: "f", compress: "false", to: "42" },
        'to(42).compress(false).emit("f")',
        "cleo",
        "f",
      ],
      [
        { event: "g", args: '[{"$base64":"AQID"}]', to: "news" },
        'to("news").emit("g", [Buffer.from("AQID", "base64")])',
        "ann ben",
        "g [<01 02 03>]",
      ],
    ];
    for (const [call, code, names, line] of cases) {
      const reached = names.split(" ").filter(Boolean);
      await fillCall(page, call);
      t.deepEqual(await marked(page), reached, `${code} marks whom it reaches`);
      const outcome = await makeCall(page, call);
      t.is(outcome.code, `await emitter.${code};`);
      t.is(outcome.state, "resolved");
      t.regex(outcome.verdict, /^✔ resolved \d+\.\d ms$/);
      const wanted = Object.fromEntries(reached.map((name) => [name, [line]]));
      t.deepEqual(await received(page), wanted, code);
    }
    // A volatile event may be missed; no other client gets it.
    const { code } = await makeCall(page, { event: "h", volatile: true, to: "news" });
    t.is(code, 'await emitter.to("news").volatile.emit("h");');
    const { ann, ben, ...others } = await received(page);
    t.deepEqual(others, {});
  }),
);

browsed(
  `joining and leaving changes the rooms on the boxes, in ${where}`,
  onPage(async (t, page) => {
    await showsRooms(page, "ann", "news");
    await showsRooms(page, "cleo", "42", "sport");
    const { code } = await makeCall(page, { kind: "socketsJoin", rooms: "vip, 7", to: "news" });
    t.is(code, 'await emitter.in("news").socketsJoin("vip", 7);');
    await showsRooms(page, "ann", "7", "news", "vip");
    await showsRooms(page, "ben", "7", "news", "sport", "vip");
    await makeCall(page, { kind: "socketsLeave", rooms: "7, news", to: "7", except: "sport" });
    await showsRooms(page, "ann", "vip");
    t.deepEqual(await roomsOf(page, "ben"), ["7", "news", "sport", "vip"]);
    t.deepEqual(await roomsOf(page, "cleo"), ["42", "sport"]);
    t.deepEqual(await roomsOf(page, "cleo@admin"), ["staff"]);
  }),
);

browsed(
  `who is disconnected is marked, and can come back, in ${where}`,
  onPage(async (t, page) => {
    await makeCall(page, { kind: "disconnectSockets", of: "/admin" });
    await showsStatus(page, "cleo@admin", "disconnected");
    await showsRooms(page, "cleo@admin");
    await showsStatus(page, "cleo", "connected");
    await page.getByRole("button", { name: "Reconnect cleo@admin" }).click();
    await showsStatus(page, "cleo@admin", "connected");
    await showsRooms(page, "cleo@admin", "staff");

    const { code } = await makeCall(page, { kind: "disconnectSockets", close: true, to: "sport" });
    t.is(code, 'await emitter.in("sport").disconnectSockets(true);');
    for (const name of ["ben", "cleo", "cleo@admin"]) {
      await showsStatus(page, name, "disconnected");
    }
    await showsStatus(page, "ann", "connected");
    t.deepEqual(await page.getByRole("button", { name: /^Reconnect/ }).allTextContents(), [
      "Reconnect",
      "Reconnect",
      "Reconnect",
    ]);
  }),
);

browsed(
  `servers draw their events, and answers are listed, in ${where}`,
  onPage(async (t, page) => {
    // The clients of the page before may not be gone yet.
    await eventually(async () => {
      const { verdict } = await makeCall(page, { kind: "fetchSockets" });
      return verdict.match(/name:/g)?.length === 3;
    }, "the sockets of one page");
    await received(page);

    await makeCall(page, { kind: "serverSideEmit", event: "reload", args: "prices" });
    await makeCall(page, { kind: "serverSideEmit", event: "audit", of: "/admin" });
    const count = await makeCall(page, { kind: "serverCount" });
    t.regex(count.verdict, /^✔ resolved 2 /);
    const servers = await makeCall(page, { kind: "serverSideEmitWithAck", event: "load" });
    t.regex(servers.verdict, /^✔ resolved \["server (1", "server 2|2", "server 1)"\] /);
    const lines = ['reload "prices"', "/admin audit", "load"];
    t.deepEqual(await received(page), { "server 1": lines, "server 2": lines });

    const sockets = await makeCall(page, { kind: "fetchSockets", to: "sport", except: "news" });
    t.is(sockets.code, 'await emitter.in("sport").except("news").fetchSockets();');
    t.regex(
      sockets.verdict,
      /resolved \[\{ name: "cleo", id: "[^"]+", rooms: \["sport", 42\] \}\]/,
    );

    const call = { kind: "emitWithAck", event: "there?", to: "sport" };
    const answers = await makeCall(page, call);
    t.regex(answers.verdict, /^✔ resolved \["(ben", "cleo|cleo", "ben)"\] /);
    await page.getByRole("checkbox", { name: "ben answers" }).uncheck();
    const late = await makeCall(page, { ...call, timeout: "300" });
    t.is(late.code, 'await emitter.to("sport").timeout(300).emitWithAck("there?");');
    t.is(late.state, "rejected");
    t.regex(late.verdict, /ERR_ACK_TIMEOUT .* responses: \["cleo"\]/);
    t.deepEqual(await received(page), { ben: ["there?", "there?"], cleo: ["there?", "there?"] });
  }),
);

browsed(
  `the calls about the connection say what they give, in ${where}`,
  onPage(async (t, page) => {
    for (const [kind, verdict] of [
      ["connect", /^✔ resolved \d+\.\d ms$/],
      ["ensureTable", /^✔ resolved \d+\.\d ms$/],
      ["queueUsage", /^✔ resolved (0|1|0\.\d+|\d\.?\d*e-\d+) \d+\.\d ms$/],
      ["flush", /^✔ resolved \d+\.\d ms$/],
    ]) {
      const { state, code, ...outcome } = await makeCall(page, { kind });
      t.is(state, "resolved", kind);
      t.is(code, `await emitter.${kind}();`);
      t.regex(outcome.verdict, verdict, kind);
    }
    t.is(await page.locator("#emitter-state").textContent(), "connected");
    t.deepEqual(await received(page), {});
  }),
);

browsed(
  `a burst is counted, and so are the emitter's messages, in ${where}`,
  onPage(async (t, page) => {
    const messages = async () => {
      const text = await page.locator("#stats div", { hasText: "messages" }).textContent();
      return Number(text.replace(/\D/g, ""));
    };
    await makeCall(page, { kind: "connect" });
    t.is(await page.locator("#emitter-state").textContent(), "connected");
    const before = await messages();
    const call = { kind: "burst", event: "tick", count: "1000", to: "news" };
    const { state, code, verdict } = await makeCall(page, call);
    t.is(state, "resolved");
    t.regex(verdict, /^✔ resolved 1000 /);
    t.is(
      code,
      'for (let n = 1; n <= 1000; n++) emitter.to("news").emit("tick", n);\nawait emitter.flush();',
    );
    for (const name of ["ann", "ben"]) {
      await boxOf(page, name).getByText("1000 events").waitFor();
      t.is(await boxOf(page, name).locator(".log li").first().textContent(), "tick 1000");
    }
    t.is(await boxOf(page, "cleo").locator(".count").textContent(), "0 events");
    await page.waitForFunction(
      (wanted) => document.querySelector("#stats dd").textContent === wanted,
      (before + 1000).toLocaleString("en"),
    );
    t.is(await messages(), before + 1000);
  }),
);

browsed(
  `a wrong call says what is wrong with it, in ${where}`,
  onPage(async (t, page) => {
    const rejected = async (call, code) => {
      const { state, verdict } = await makeCall(page, call);
      t.is(state, "rejected");
      t.true(verdict.startsWith(`✘ rejected ${code} `), verdict);
    };
    await rejected({ event: "connect" }, "ERR_RESERVED_EVENT");
    await rejected({ event: "a", to: '{"a":1}' }, "ERR_INVALID_ARG_TYPE");
    await rejected({ kind: "emitWithAck", event: "a", timeout: "0" }, "ERR_INVALID_ARG_VALUE");
    await rejected({ kind: "emitWithAck", event: "a", timeout: "soon" }, "ERR_INVALID_ARG_TYPE");
    await rejected({ kind: "burst", event: "connect", count: "3" }, "ERR_RESERVED_EVENT");
    for (const [call, field] of [
      [{ event: "a", args: '{"n":1' }, "Arguments"],
      [{ event: "a", args: '{"$base64":"%"}' }, "Arguments"],
      [{ event: "a", to: "x,,y" }, "In rooms"],
      [{ kind: "burst", event: "a", count: "0" }, "How many"],
    ]) {
      const { mistake } = await makeCall(page, call);
      t.true(mistake?.startsWith(`${field}: `), mistake);
    }
    t.deepEqual(await received(page), {});
  }),
);

browsed(
  `clients are added and removed, in ${where}`,
  onPage(async (t, page) => {
    const form = page.locator("#add-form");
    await form.getByLabel("Name", { exact: true }).fill("dora");
    await form.getByLabel("Namespace").selectOption("/admin");
    await form.getByLabel("Rooms").fill("staff, 9");
    await form.getByRole("button", { name: "Add" }).click();
    await showsRooms(page, "dora", "9", "staff");
    t.is(await page.getByRole("region", { name: "server 1" }).getByRole("article").count(), 2);

    await form.getByLabel("Name", { exact: true }).fill("ann");
    await form.getByRole("button", { name: "Add" }).click();
    t.regex(await page.locator("#add-error").textContent(), /ann/);

    await page.getByRole("button", { name: "Remove cleo@admin" }).click();
    await makeCall(page, { event: "shift", of: "/admin", to: "staff" });
    t.deepEqual(await received(page), { dora: ["shift"] });
    t.is(await boxOf(page, "cleo@admin").count(), 0);
  }),
);

browsed(
  `it works by keyboard, narrow, dark and without motion, in ${where}`,
  onPage(
    async (t, page) => {
      await page.setViewportSize({ width: 360, height: 700 });
      t.true(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await page.locator("[name=kind]:checked").focus();
      for (const key of ["ArrowRight", "ArrowLeft", "Tab"]) await page.keyboard.press(key);
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type("typed");
      await page.keyboard.press("Enter");
      const lines = page.locator('[aria-label="Events of ben"] li', { hasText: "typed" });
      await lines.waitFor();
      t.is(await page.evaluate(() => document.getAnimations().length), 0);

      await makeCall(page, { kind: "disconnectSockets", to: "news", except: "sport" });
      await showsStatus(page, "ann", "disconnected");
      for (const kind of ["emit", "burst", "socketsJoin", "disconnectSockets", "emitWithAck"]) {
        await fillCall(page, { kind });
        const { count, unnamed } = await controlsOf(page);
        t.true(count > 25, `${count} controls`);
        t.deepEqual(unnamed, [], kind);
      }
    },
    { reducedMotion: "reduce", colorScheme: "dark" },
  ),
);
