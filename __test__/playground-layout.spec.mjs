// How the playground's page is laid out, from a phone to a wide screen, and what it says after the end.

import test from "ava";
import { chooseTab, makeCall, transact } from "../tools/playground.mjs";
import { boxOf, showsStatus } from "./support/playground.mjs";
import { useBrowser } from "./support/playground-page.mjs";

const browsing = useBrowser(test);
const { browsed, where, onPage } = browsing;

const LONGEST_NAME = "a-name-of-20-letters";
const LONG_ROOM = "a-room-with-a-name-that-is-longer-than-a-line-of-a-narrow-card";

const SIZES = [
  { width: 375, height: 667 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1600, height: 900 },
  { width: 320, height: 568 },
];

/** What sticks out of the element around it, be it painted over its edge or cut off. */
function overflows(page) {
  return page.evaluate(() => {
    const nameOf = (element) =>
      [
        element.tagName.toLowerCase(),
        element.id && `#${element.id}`,
        element.className && `.${element.className}`,
      ]
        .filter(Boolean)
        .join("");
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
    for (const element of document.querySelectorAll("body *")) {
      if (!element.checkVisibility() || element.tagName === "OPTION") continue;
      const inner = element.getBoundingClientRect();
      if (inner.width === 0) continue;
      const parent = element.parentElement;
      const outer = parent.getBoundingClientRect();
      // Half a pixel is rounding.
      const right = inner.right - outer.right;
      const left = outer.left - inner.left;
      if (Math.max(right, left) > 0.5) found.push(`${nameOf(element)} of ${nameOf(parent)}`);
      const scrolls = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
      if (scrolls && !["INPUT", "SELECT"].includes(element.tagName))
        found.push(`text of ${nameOf(element)}`);
    }
    return found;
  });
}

/** All that a card can hold: a long name, many rooms, one that is long, and a lost connection. */
async function fillCards(page) {
  const form = page.locator("#add-form");
  await form.getByLabel("Name", { exact: true }).fill(LONGEST_NAME);
  await form.getByLabel("Server").selectOption("server 2");
  await form.getByLabel("Namespace").selectOption("/admin");
  await form.getByLabel("Rooms").fill(`vip, 42, staff, ${LONG_ROOM}`);
  await form.getByRole("button", { name: "Add" }).click();
  await showsStatus(page, LONGEST_NAME, "connected");
  await boxOf(page, LONGEST_NAME).getByText(LONG_ROOM).waitFor();
}

browsed(
  `nothing overflows from a phone to a wide screen, in ${where}`,
  onPage(async (t, page) => {
    const fits = async (what) => {
      for (const size of SIZES) {
        await page.setViewportSize(size);
        t.deepEqual(await overflows(page), [], `${what}, ${size.width} pixels wide`);
      }
    };
    await fillCards(page);
    await fits("connected");
    for (const of of ["/", "/admin"]) await makeCall(page, { kind: "disconnectSockets", of });
    for (const name of ["ann", "ben", "cleo", "cleo@admin", LONGEST_NAME]) {
      await showsStatus(page, name, "disconnected");
    }
    await makeCall(page, { event: LONG_ROOM, args: `"${LONG_ROOM}", 17`, to: LONG_ROOM });
    await fits("disconnected");

    await chooseTab(page, "Transaction");
    await transact(page, "Begin");
    await makeCall(page, { event: LONG_ROOM, to: LONG_ROOM });
    await transact(page, "Commit");
    await fits("with a transaction");
  }),
);

browsed(
  `on a phone the clients are seen together with the button, in ${where}`,
  onPage(
    async (t, page) => {
      for (const tab of ["Call", "Transaction"]) {
        await chooseTab(page, tab);
        const { top } = await page
          .locator("#call-button")
          .evaluate((button) => button.getBoundingClientRect());
        const { bottom } = await boxOf(page, "ann").evaluate((box) => box.getBoundingClientRect());
        t.true(bottom - top < SIZES[0].height, `${bottom - top} pixels on the tab ${tab}`);
      }
    },
    { viewport: SIZES[0] },
  ),
);

// The last one: it ends the playground.
browsed(
  `after its end the page says so, and waits for nothing, in ${where}`,
  onPage(async (t, page) => {
    await makeCall(page, { kind: "connect" });
    t.is(await page.locator("#emitter-state").textContent(), "connected");
    await browsing.playground.interrupt();
    await page.getByRole("alert").getByText("The playground has ended").waitFor();
    for (const id of ["emitter-state", "relay-state"]) {
      t.is(await page.locator(`#${id}`).textContent(), "process ended");
    }
    for (const name of ["ann", "ben", "cleo", "cleo@admin"])
      await showsStatus(page, name, "disconnected");
    const { state, verdict } = await makeCall(page, { event: "x" });
    t.is(state, "rejected");
    t.regex(verdict, /NO_PLAYGROUND/);
  }),
);
