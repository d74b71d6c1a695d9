// The playground's tab with a transaction, in a real browser: who hears of what, and when.

import test from "ava";
import { chooseTab, makeCall, transact } from "../tools/playground.mjs";
import { controlsOf, received, roomsOf, showsRooms } from "./support/playground.mjs";
import { useBrowser } from "./support/playground-page.mjs";

const { browsed, where, onPage } = useBrowser(test);

/** What all clients have received until now, asked for without the transaction. */
async function receivedMeanwhile(page) {
  await chooseTab(page, "Call");
  const events = await received(page);
  await chooseTab(page, "Transaction");
  return events;
}

/** Begins, and makes two calls within. */
async function beginWithCalls(t, page) {
  const begun = await transact(page, "Begin");
  t.is(begun.code, 'await client.query("BEGIN");');
  t.is(begun.state, "resolved");
  const emitted = await makeCall(page, { event: "paid", args: "17", to: "news" });
  t.is(emitted.code, 'await emitter.outbox(client).to("news").emit("paid", 17);');
  t.is(emitted.state, "resolved");
  await makeCall(page, { kind: "socketsJoin", rooms: "vip", to: "news" });
  t.is(await page.locator("#transaction-state").textContent(), "Open, with 2 calls");
}

browsed(
  `what is rolled back no client hears, what commits is heard once, in ${where}`,
  onPage(async (t, page) => {
    await showsRooms(page, "ann", "news");
    await chooseTab(page, "Transaction");
    await page.locator("#relay-state", { hasText: "active" }).waitFor();

    await beginWithCalls(t, page);
    const undone = await transact(page, "Roll back");
    t.is(undone.code, 'await client.query("ROLLBACK");');
    t.regex(undone.verdict, /^✔ resolved 2 calls undone \d+\.\d ms$/);
    t.is(await page.locator("#relay-counts").textContent(), "0 published, 0 waiting");

    await beginWithCalls(t, page);
    // Neither what was rolled back nor what is not committed.
    t.deepEqual(await receivedMeanwhile(page), {});
    t.deepEqual(await roomsOf(page, "ann"), ["news"]);
    const done = await transact(page, "Commit");
    t.is(done.code, 'await client.query("COMMIT");');
    t.regex(done.verdict, /^✔ resolved 2 calls, published \d+\.\d ms later \d+\.\d ms$/);
    t.deepEqual(await receivedMeanwhile(page), { ann: ["paid 17"], ben: ["paid 17"] });
    await showsRooms(page, "ann", "news", "vip");
    t.is(await page.locator("#relay-counts").textContent(), "2 published, 0 waiting");
  }),
);

browsed(
  `the tab has what works within a transaction, by keyboard too, in ${where}`,
  onPage(async (t, page) => {
    const kinds = () => page.locator(".choice:visible").allTextContents();
    const enabled = async () => {
      const names = ["Begin", "Commit", "Roll back", "Call"];
      const buttons = names.map((name) => page.getByRole("button", { name, exact: true }));
      const states = await Promise.all(buttons.map((button) => button.isEnabled()));
      return names.filter((_, index) => states[index]);
    };
    const all = await kinds();
    await makeCall(page, { kind: "serverCount" });
    await page.getByRole("tab", { name: "Call" }).focus();
    await page.keyboard.press("ArrowRight");
    t.deepEqual(await kinds(), [
      "emit",
      "socketsJoin",
      "socketsLeave",
      "disconnectSockets",
      "serverSideEmit",
    ]);
    t.is(await page.locator("[name=kind]:checked").inputValue(), "emit");
    t.deepEqual(await enabled(), ["Begin"]);
    t.deepEqual((await controlsOf(page)).unnamed, []);

    await transact(page, "Begin");
    t.deepEqual(await enabled(), ["Commit", "Roll back", "Call"]);
    const { state, verdict } = await makeCall(page, { event: "connect" });
    t.is(state, "rejected");
    t.regex(verdict, /ERR_RESERVED_EVENT/);
    t.is(await page.locator("#transaction-state").textContent(), "Open, with 0 calls");
    const { verdict: empty } = await transact(page, "Commit");
    t.regex(empty, /^✔ resolved 0 calls, /);
    t.deepEqual(await enabled(), ["Begin"]);

    await page.getByRole("tab", { name: "Transaction" }).focus();
    await page.keyboard.press("ArrowLeft");
    t.deepEqual(await kinds(), all);
  }),
);
