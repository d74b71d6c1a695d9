// What is seen on the playground's page.

import { makeCall } from "../../tools/playground.mjs";

const FENCE = "fence";
const NAMESPACES = ["/", "/admin"];
let fences = 0;

/** The lines of every log, oldest first, by the name of who received them. */
function readLogs(page) {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll(".log")].map((log) => [
        log.getAttribute("aria-label").replace("Events of ", ""),
        [...log.children].map((line) => line.textContent).reverse(),
      ]),
    ),
  );
}

/**
 * Who has received what since the last time: `{ ann: ["score 3"] }`. An event to all clients and all
 * servers is sent last; when it has come, nothing that was sent before can still come.
 */
export async function received(page) {
  const number = ++fences;
  for (const of of NAMESPACES) {
    await makeCall(page, { event: FENCE, args: `${number}`, of });
  }
  await makeCall(page, { kind: "serverSideEmit", event: FENCE, args: `${number}` });
  const line = `${FENCE} ${number}`;
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('.client[data-status="connected"] .log, .head .log')].every(
        (log) => [...log.children].some((each) => each.textContent === wanted),
      ),
    line,
  );
  const since = ([name, lines]) => [
    name,
    lines
      .slice(lines.findLastIndex((each) => each === `${FENCE} ${number - 1}`) + 1)
      .filter((each) => each !== line),
  ];
  const entries = Object.entries(await readLogs(page)).map(since);
  return Object.fromEntries(entries.filter(([, lines]) => lines.length > 0));
}

export const boxOf = (page, name) =>
  page.getByRole("article", { name: `client ${name}`, exact: true });

/** The rooms on a client's box. */
export const roomsOf = async (page, name) =>
  (await boxOf(page, name).locator(".chip").allTextContents()).sort();

/** Waits until a client's box shows these rooms; fails if it never does. */
export const showsRooms = (page, name, ...rooms) =>
  page.waitForFunction(
    ([label, wanted]) => {
      const chips = document.querySelectorAll(`[aria-label="Rooms of ${label}"] .chip`);
      return (
        [...chips]
          .map((chip) => chip.textContent)
          .sort()
          .join() === wanted
      );
    },
    [name, rooms.sort().join()],
  );

/** Waits until a client's box says that it is connected, or disconnected. */
export const showsStatus = (page, name, status) =>
  boxOf(page, name)
    .and(page.locator(`[data-status="${status}"]`))
    .waitFor();

/** Those whom the call in the form would reach, as the page marks them. */
export const marked = (page) => page.locator(".client.reached h4").allTextContents();

/** The controls without a name that could be read out, and how many there are. */
export async function controlsOf(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const roles = /^(button|textbox|checkbox|radio|combobox|spinbutton|listbox)$/i;
  const controls = nodes.filter(({ ignored, role }) => !ignored && roles.test(role?.value));
  return {
    count: controls.length,
    unnamed: controls.filter(({ name }) => !name?.value.trim()).map(({ role }) => role.value),
  };
}
