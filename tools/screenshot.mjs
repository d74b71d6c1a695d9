// Makes docs/images/playground.png, the picture in the README: the playground after a few calls.
// `node tools/screenshot.mjs [FILE]`

import { fileURLToPath } from "node:url";
import { findChromium, launchChromium } from "./chromium.mjs";
import {
  chooseTab,
  fillCall,
  makeCall,
  openPage,
  startPlayground,
  transact,
} from "./playground.mjs";

const FILE = fileURLToPath(new URL("../docs/images/playground.png", import.meta.url));

const CALLS = [
  // The first that asks for answers looks for the servers, which takes a moment.
  { kind: "serverCount" },
  { kind: "serverSideEmit", event: "reload", args: "prices" },
  { event: "hello", args: "everybody" },
  { kind: "socketsJoin", to: "news", except: "sport", rooms: "vip" },
  { event: "image", args: '{ "$base64": "iVBORw==" }', to: "vip" },
  { event: "shift", args: "true", of: "/admin" },
];

/** Made within a transaction. */
const PAID = { event: "paid", args: "17", to: "vip" };

const LAST = [
  { event: "score", args: '"home", [3, 2]', to: "sport" },
  { event: "connect" },
  { kind: "emitWithAck", event: "ready?", to: "sport", timeout: "1000" },
];

const chromium = findChromium();
if (!chromium) {
  console.error("no Chromium is installed here; CHROMIUM_PATH names one");
  process.exit(1);
}
const playground = startPlayground();
let browser;
try {
  browser = await launchChromium(chromium);
  const page = await openPage(browser, await playground.ready, {
    viewport: { width: 1240, height: 860 },
    // A moment later: nothing is lit up.
    reducedMotion: "reduce",
  });
  for (const call of CALLS) {
    await makeCall(page, call);
  }
  await chooseTab(page, "Transaction");
  await transact(page, "Begin");
  await makeCall(page, PAID);
  await transact(page, "Commit");
  await chooseTab(page, "Call");
  for (const call of LAST) {
    await makeCall(page, call);
  }
  await page.locator('[aria-label="Events of cleo"] li', { hasText: "ready?" }).waitFor();
  await fillCall(page, LAST.at(-1));
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path: process.argv[2] ?? FILE });
} finally {
  await browser?.close();
  await playground.interrupt();
}
