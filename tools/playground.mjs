// `npm run playground` as a process of its own, and a hand on its page: for tests and pictures.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../examples/playground/index.mjs", import.meta.url));
const READY = /Open (\S+) in a browser/;

/** What a call in the form has, where nothing else is said. */
const DEFAULTS = {
  kind: "emit",
  event: "",
  args: "",
  rooms: "",
  close: false,
  count: "1",
  of: "/",
  to: "",
  except: "",
  volatile: false,
  compress: "",
  timeout: "",
};

/**
 * Starts it. `ready` resolves with the page's address, `ended` with `{ code, signal, output }`. It
 * leads a process group, as a command in a terminal does.
 */
export function startPlayground(args = [], { env = {} } = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    detached: true,
    // The channel closes when the process that started it is gone.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  // Not "close", which Node forgets after `child.disconnect()`.
  const ended = Promise.all([
    once(child, "exit"),
    once(child.stdout, "close"),
    once(child.stderr, "close"),
  ]).then(([[code, signal]]) => ({ code, signal, output }));
  const ready = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        const url = READY.exec(output)?.[1];
        if (url) resolve(url);
      });
    }
    ended.then(() => reject(new Error(`the playground has ended: ${output}`)));
  });
  ready.catch(() => {});
  return {
    child,
    ready,
    ended,
    output: () => output,
    /** As Ctrl-C does: every process of the group gets the signal. */
    interrupt() {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, "SIGINT");
      }
      return ended;
    },
  };
}

/** Opens the page, and waits until its four clients are connected. */
export async function openPage(browser, url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  await page.goto(url);
  await page.waitForFunction(
    () => document.querySelectorAll('.client[data-status="connected"]').length === 4,
  );
  return page;
}

/** Fills in the form; `call` has the names of its fields, and the rest is as if untouched. */
export async function fillCall(page, call) {
  const { kind, ...wanted } = { ...DEFAULTS, ...call };
  const form = page.locator("#call-form");
  await form.locator(`[name=kind][value=${kind}]`).check();
  const fields = await form.evaluate(({ elements }) =>
    [...elements]
      .filter(({ name }) => name && name !== "kind")
      .map((each) => ({
        name: each.name,
        value: each.type === "checkbox" ? each.checked : each.value,
        usable: !each.disabled && each.checkVisibility(),
      })),
  );
  for (const { name, value, usable } of fields) {
    if (!usable) {
      if (name in call) throw new Error(`${kind} has no field ${name}`);
    } else if (value !== wanted[name]) {
      const control = form.locator(`[name=${name}]`);
      if (typeof value === "boolean") await control.setChecked(wanted[name]);
      else if (name === "compress") await control.selectOption(wanted[name]);
      else await control.fill(wanted[name]);
    }
  }
}

/** Makes a call by the form: `{ state, code, verdict }`, or `{ mistake }` when the form refuses it. */
export async function makeCall(page, call) {
  await fillCall(page, call);
  await page.locator("#call-form button[type=submit]").click();
  const mistake = page.locator("#form-error");
  if (await mistake.isVisible()) {
    return { mistake: await mistake.textContent() };
  }
  return lastOutcome(page);
}

/** The outcome of what was asked for last. */
async function lastOutcome(page) {
  const outcome = page.locator("#outcomes li:first-child:not(.pending)");
  return {
    state: await outcome.getAttribute("class"),
    code: await outcome.locator("code").textContent(),
    verdict: await outcome.locator(".verdict").textContent(),
  };
}

/** Chooses "Call" or "Transaction". */
export const chooseTab = (page, name) => page.getByRole("tab", { name }).click();

/** Presses "Begin", "Commit" or "Roll back": `{ state, code, verdict }`, as of a call. */
export async function transact(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
  return lastOutcome(page);
}
