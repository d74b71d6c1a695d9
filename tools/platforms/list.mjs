// The platforms that can be run here, and how.

import { OLDEST_GLIBC } from "../glibc.mjs";

/** What Node.js itself needs beside a C library. */
const GLIBC = ["libc6", "libgcc-s1", "libstdc++6"];

/** By the names that napi has for them; `glibc` is what release.yml builds for. */
export const LINUX = {
  "linux-x64-gnu": {
    target: "x86_64-unknown-linux-gnu",
    glibc: OLDEST_GLIBC,
    debian: "bullseye",
    packages: GLIBC,
    system: "Debian 11 (glibc 2.31)",
    byCi: "suite, by CI, at every change",
  },
  "linux-x64-musl": {
    target: "x86_64-unknown-linux-musl",
    debian: "trixie",
    packages: ["musl"],
    system: "musl 1.2.5",
    hasSuite: true,
  },
  "linux-arm64-gnu": {
    target: "aarch64-unknown-linux-gnu",
    glibc: OLDEST_GLIBC,
    debian: "bullseye",
    packages: GLIBC,
    system: "Debian 11 (glibc 2.31), emulated by QEMU",
    isEmulated: true,
  },
  "linux-arm64-musl": {
    target: "aarch64-unknown-linux-musl",
    debian: "trixie",
    packages: ["musl"],
    system: "musl 1.2.5, emulated by QEMU",
    isEmulated: true,
  },
};

/** The name of what stands in for Windows. */
export const WINDOWS = "win32-x64-gnullvm";

/** What only clippy sees, and its targets. */
export const CHECKED = {
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64-msvc": "x86_64-pc-windows-msvc",
  "win32-arm64-msvc": "aarch64-pc-windows-msvc",
};
