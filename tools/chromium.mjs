// The browser of this machine; nothing is downloaded.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/**
 * The Chromium that is installed: `{ path, version }`, such as "/usr/bin/chromium" and "156.0.8078.79".
 * None when there is none. `CHROMIUM_PATH` names another.
 */
export function findChromium() {
  const { CHROMIUM_PATH } = process.env;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const everywhere = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of CHROMIUM_PATH ? [CHROMIUM_PATH] : everywhere.filter(existsSync)) {
    try {
      const text = execFileSync(path, ["--version"], { encoding: "utf8", stdio: "pipe" });
      const version = /(\d+\.[\d.]+)/.exec(text)?.[1];
      if (version) {
        return { path, version };
      }
    } catch {
      // It is not there, or only says how it could be installed.
    }
  }
  return undefined;
}

/** Starts it, without a window. */
export function launchChromium({ path }) {
  return chromium.launch({
    executablePath: path,
    // Chromium refuses to run sandboxed as root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}
