// A playground and a Chromium for a spec file, and pages that nothing may complain on.

import { findChromium, launchChromium } from "../../tools/chromium.mjs";
import { openPage, startPlayground } from "../../tools/playground.mjs";
import { neededInCi } from "./needed.mjs";

/**
 * Starts both before the file's tests, and ends them after. `browsed` is a test that needs them, skipped
 * without a Chromium; its title has to end with `where`, which says so.
 */
export function useBrowser(test) {
  const chromium = neededInCi(findChromium(), "Chromium");
  const browsing = {
    playground: undefined,
    // AVA shows a skipped test with its title. One page at a time: each brings the same four clients.
    browsed: chromium ? test.serial : test.serial.skip,
    where: chromium ? `Chromium ${chromium.version}` : "Chromium, which is not installed here",
    onPage,
  };
  let browser;

  test.before("start the playground and Chromium", async () => {
    if (!chromium) return;
    browsing.playground = startPlayground();
    browser = await launchChromium(chromium);
  });
  test.after.always("end both", async () => {
    await browser?.close();
    await browsing.playground?.interrupt();
  });

  /** Runs `body` on a page; nothing may complain there, and no other host be asked for anything. */
  function onPage(body, options) {
    return async (t) => {
      const complaints = [];
      const asked = new Set();
      const url = await browsing.playground.ready;
      const context = await browser.newContext(options);
      context.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      context.on("weberror", (error) => complaints.push(error.error().stack));
      context.on("request", (request) => asked.add(new URL(request.url()).hostname));
      context.on("page", (page) => {
        page.on("websocket", (socket) => asked.add(new URL(socket.url()).hostname));
      });
      try {
        const page = await openPage(context, url);
        page.setDefaultTimeout(15_000);
        await body(t, page);
      } finally {
        await context.close();
      }
      t.deepEqual(complaints, []);
      t.deepEqual([...asked], ["127.0.0.1"]);
    };
  }

  return browsing;
}
