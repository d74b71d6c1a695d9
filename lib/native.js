"use strict";

// The loader that napi writes (`binding.js`), behind an error that says what to do.

const { EmitterError } = require("./errors.js");

const PACKAGE = "socket.io-postgres-emitter-rs";

/** What a release holds a binary for: the targets of package.json, as napi names their packages. */
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
repository run "npm ci" and "npm run build", then in your application "npm install <the clone's folder>".`;

/** The platform as napi names it. Only asked after a failure, for the report takes its time. */
const platformOf = ({ platform, arch, report }) => {
  if (platform === "win32") return `win32-${arch}-msvc`;
  if (platform !== "linux") return `${platform}-${arch}`;
  const glibc = report?.getReport?.()?.header?.glibcVersionRuntime;
  return `linux-${arch}-${glibc ? "gnu" : "musl"}`;
};

/** The reasons that the loader chains, without those that only say that a file is not there. */
const reasonsOf = (error) => {
  const reasons = [];
  for (let reason = error?.cause; reason; reason = reason.cause) {
    const text = String(reason.message ?? reason).split("\n")[0];
    if (!/^(Cannot find module|Unsupported |ENOENT)/.test(text)) reasons.push(text);
  }
  return reasons;
};

const causeOf = (platform, reasons) => {
  if (reasons.length > 0) return `it is there, but does not load: ${reasons.join("; ")}.`;
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
  const why = causeOf(platform, reasonsOf(cause));
  return new EmitterError(
    "ERR_NO_BINARY",
    `No native binary of ${PACKAGE} for ${platform}: ${why} ${HOW_TO_BUILD}`,
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
