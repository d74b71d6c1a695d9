// A process that owns one PostgreSQL server and its files. It lives as long as the IPC channel to
// its parent: however the parent ends, also by Ctrl-C, a crash or SIGKILL, the server is stopped and
// its files are removed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { findPrograms, serverIdentity } from "./postgres-binaries.mjs";

const READY = "database system is ready to accept connections";
const HOST = "127.0.0.1";
const PORT_TRIES = 5;
const STOP_TIMEOUT_MS = 10_000;

const { settings, user, password } = JSON.parse(process.argv[2]);
const log = (text) => process.connected && process.send({ log: text });

let scratch;
let running;
let stopping = false;

function start(command, args, identity, onText = () => {}) {
  const child = spawn(command, args, {
    ...identity,
    cwd: scratch,
    // The messages are read below, so they must be in English.
    env: { ...process.env, LC_ALL: "C", LC_MESSAGES: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      log(text);
      // Only the beginning is needed: the answer to "did it start, and why not".
      output = (output + text).slice(0, 20_000);
      onText(output);
    });
  }
  const closed = once(child, "close").then(([code, signal]) => ({ code, signal, output }));
  running = { child, closed };
  return running;
}

async function createDataFolder(initdb, identity) {
  const data = join(scratch, "data");
  const passwordFile = join(scratch, "password");
  await mkdir(data);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity.uid !== undefined) {
    await chown(data, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }
  const { closed } = start(
    initdb,
    [
      `--pgdata=${data}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
      "--no-instructions",
    ],
    identity,
  );
  const { code, output } = await closed;
  if (code !== 0) {
    throw new Error(`initdb failed with code ${code}: ${output}`);
  }
  return data;
}

async function freePort() {
  const probe = createServer().listen(0, HOST);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function startServer(postgres, data, identity) {
  // Another process can take the port between the probe and the start, hence more than one try.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const options = {
      listen_addresses: HOST,
      unix_socket_directories: platform() === "win32" ? "" : data,
      // The data is thrown away, so nothing has to survive a crash. A benchmark sets these back.
      fsync: "off",
      full_page_writes: "off",
      ...settings,
      port,
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const { promise: ready, resolve } = withResolvers();
    const { closed } = start(postgres, ["-D", data, ...flags], identity, (output) => {
      if (output.includes(READY)) {
        resolve();
      }
    });
    const ended = await Promise.race([ready, closed]);
    if (!ended) {
      return port;
    }
    if (stopping || attempt === PORT_TRIES || !ended.output.includes("in use")) {
      throw new Error(`PostgreSQL did not start: ${ended.output}`);
    }
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function cleanUp() {
  if (running) {
    const { child, closed } = running;
    if (platform() === "win32") {
      spawn("taskkill", ["/pid", String(child.pid), "/f", "/t"], { stdio: "ignore" });
    } else {
      // A "fast" shutdown: sessions are ended, not waited for.
      child.kill("SIGINT");
    }
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(force);
  }
  if (scratch) {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main() {
  const identity = serverIdentity();
  scratch = await mkdtemp(join(tmpdir(), "sio-postgres-"));
  // The account that runs the server has to pass through.
  await chmod(scratch, 0o755);
  const { initdb, postgres } = await findPrograms(identity, scratch);
  const data = await createDataFolder(initdb, identity);
  const port = await startServer(postgres, data, identity);
  return { host: HOST, port, socketDirectory: data };
}

// The signals of a terminal are for the parent; what it does decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {});
}

const parentGone = once(process, "disconnect");
const started = main().then(
  (server) => process.connected && process.send({ ready: server }),
  (error) => process.connected && !stopping && process.send({ error: error.message }),
);
await parentGone;
stopping = true;
// While it still starts, ending the program it runs makes `main` settle.
await cleanUp();
await started;
await cleanUp();
process.exit(0);
