"use strict";

// The loader that napi writes (`binding.js`), behind an error that says what to do.

const { join } = require("node:path");
const { EmitterError } = require("./errors.js");

const PACKAGE = "socket.io-postgres-emitter-rs";

/**
 * The platforms that a release has a binary for: the targets of package.json, as napi names their packages.
 */
const PREBUILT = new Set([
  "linux-x64-gnu",
  "linux-arm64-gnu",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64-msvc",
  "win32-arm64-msvc",
]);

const HOW_TO_BUILD = `To build it yourself, with Rust (https://rustup.rs) and a C linker: in a clone of the \
repository run "npm ci" and "npm run build", then in your application "npm install <the clone's folder>", but not \
with "--install-links", which copies no binary; or take "npm run package", whose two tarballs "npm install" takes \
anywhere on this platform, together.`;

/** The C library of a Linux. It is asked for only after a failure, for the report takes its time. */
const libcOf = (report) => {
  try {
    return report.getReport().header.glibcVersionRuntime ? "gnu" : "musl";
  } catch {
    // The runtime has no reports, or does not let us read one (Deno).
    return "gnu";
  }
};

/** The platform as napi names it. */
const platformOf = ({ platform, arch, report }) => {
  if (platform === "win32") return `win32-${arch}-msvc`;
  if (platform === "linux") return `linux-${arch}-${libcOf(report)}`;
  return `${platform}-${arch}`;
};

// Messages of the loader about files that are not there: the package that is missing says it better.
const ABSENT = /^(Cannot find (module|native binding)|Unsupported |ENOENT)/;

/** The reasons that the loader chains, the last one first. */
const reasonsOf = (error) => {
  const reasons = new Set();
  for (let reason = error; reason; reason = reason.cause) {
    // Windows ends them with a full stop.
    const text = String(reason.message ?? reason)
      .split(/\r?\n/)[0]
      .replace(/\.$/, "");
    if (!ABSENT.test(text)) reasons.add(text);
  }
  return [...reasons];
};

/** Whether the folder that the package is installed into, and the one with its binary, may not be read. */
const isHidden = ({ permission }) =>
  // A bundle that is an ES module has no `__dirname`, and its binary elsewhere.
  typeof __dirname === "string" &&
  permission?.has("fs.read", join(__dirname, "..", "..")) === false;

/**
 * The flags of the runtime that keep the addon from loading, and what to do about them; nothing if none do.
 */
const flagsOf = (reasons, host) => {
  const { permission } = host;
  const isSaid = (words) => reasons.some((reason) => words.test(reason));
  if (isSaid(/addons is disabled/)) {
    return permission
      ? "Node.js was started with --permission, and without --allow-addons, which it needs."
      : "Node.js was started with --no-addons: leave that out (it may be in NODE_OPTIONS, or in a worker's execArgv).";
  }
  // A file in a folder that may not be read may only seem to be missing.
  if (
    (reasons.length === 0 && isHidden(host)) ||
    isSaid(/Access to this API has been restricted/)
  ) {
    return "Node.js was started with --permission, and its --allow-fs-read does not cover the folder node_modules, which it has to.";
  }
  // The loader looks into ldd, and asks the runtime for a report of the system where it may not.
  if (isSaid(/^Requires sys access to /)) {
    return "Deno was started without --allow-read, or with one that does not cover /usr/bin/ldd, by which glibc is told from musl; where there is no such file, --allow-sys tells.";
  }
  if (isSaid(/Requires \w+ access to .*--allow-/)) {
    return `Deno was started without one of --allow-ffi, --allow-read and --allow-env, which it needs: ${reasons.join("; ")}.`;
  }
  return undefined;
};

const causeOf = (platform, reasons) => {
  if (reasons.length > 0) return `it does not load: ${reasons.join("; ")}.`;
  if (!PREBUILT.has(platform)) {
    return `there is none for this platform, only for ${[...PREBUILT].join(", ")}.`;
  }
  return `the package ${PACKAGE}-${platform} is not installed. It is an optional dependency: install again \
without "--omit=optional" or "--no-optional", on this platform (a node_modules folder or a lock file \
from another one may lack it).`;
};

/** The error for a binary that could not be loaded: the platform, the cause, and the cure. */
const missingBinary = (cause, host = process) => {
  const platform = platformOf(host);
  const reasons = reasonsOf(cause);
  const advice = flagsOf(reasons, host) ?? `${causeOf(platform, reasons)} ${HOW_TO_BUILD}`;
  return new EmitterError(
    "ERR_NO_BINARY",
    `No native binary of ${PACKAGE} for ${platform}: ${advice}`,
    { cause },
  );
};

/**
 * Loads the addon.
 *
 * @throws {EmitterError} `ERR_NO_BINARY`
 */
const load = (loader) => {
  try {
    return loader();
  } catch (error) {
    throw missingBinary(error);
  }
};

module.exports = { PREBUILT, load, missingBinary, platformOf };
