// One PostgreSQL server: its files, and its process while there is one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";
import { findPrograms, serverIdentity } from "./postgres-binaries.mjs";

const READY = /database system is ready to accept (read-only )?connections/;
const HOST = "127.0.0.1";
const PORT_TRIES = 5;
const STOP_TIMEOUT_MS = 10_000;

export class PostgresProcess {
  #options;
  #log;
  #identity = serverIdentity();
  #scratch;
  #data;
  #programs;
  #port;
  #running;
  #isEnding = false;

  /**
   * `options`: `version`, `settings`, `env`, `user` and `password` for a data folder of its own, or
   * `copyOf`, the data folder of a stopped server: then this one follows that server.
   */
  constructor(options, log) {
    this.#options = options;
    this.#log = log;
  }

  /** Makes the files, and starts on a free port. */
  async create() {
    this.#scratch = await mkdtemp(join(tmpdir(), "sio-postgres-"));
    // The account that runs the server has to pass through.
    await chmod(this.#scratch, 0o755);
    const { version, copyOf } = this.#options;
    this.#programs = await findPrograms(this.#identity, this.#scratch, version);
    this.#data = join(this.#scratch, "data");
    await (copyOf ? this.#copyDataFolder(copyOf) : this.#createDataFolder());
    // Another process can take the port between the probe and the start, hence more than one try.
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort(HOST);
      const output = await this.#tryToStart();
      if (output === undefined) break;
      if (this.#isEnding || attempt === PORT_TRIES || !output.includes("in use")) {
        throw new Error(`PostgreSQL did not start: ${output}`);
      }
    }
    return { host: HOST, port: this.#port, dataFolder: this.#data };
  }

  /** Starts it again, on the same port and data. */
  async start() {
    const output = await this.#tryToStart();
    if (output !== undefined) throw new Error(`PostgreSQL did not start: ${output}`);
  }

  /**
   * Ends the server, not its files: `SIGINT` ends the sessions and writes everything down ("fast"),
   * `SIGQUIT` does neither ("immediate": a crash). Windows knows the latter alone.
   * https://www.postgresql.org/docs/current/server-shutdown.html
   */
  async end(signal) {
    if (!this.#running) return;
    const { child, closed } = this.#running;
    if (platform() === "win32") {
      spawn("taskkill", ["/pid", String(child.pid), "/f", "/t"], { stdio: "ignore" });
    } else {
      child.kill(signal);
    }
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(force);
    this.#running = undefined;
  }

  /** Ends whatever runs, and removes the files; nothing starts any more. */
  async remove() {
    this.#isEnding = true;
    await this.end("SIGINT");
    if (this.#scratch) {
      await rm(this.#scratch, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** Starts it; gives what it printed when it ended instead of getting ready. */
  async #tryToStart() {
    const options = {
      listen_addresses: HOST,
      unix_socket_directories: platform() === "win32" ? "" : this.#data,
      // The data is thrown away, so nothing has to survive a crash of the machine. A benchmark sets
      // these back.
      fsync: "off",
      full_page_writes: "off",
      ...this.#options.settings,
      port: this.#port,
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    let resolve;
    const ready = new Promise((settle) => {
      resolve = settle;
    });
    const { closed } = this.#run(this.#programs.postgres, ["-D", this.#data, ...flags], (output) =>
      READY.test(output) ? resolve() : undefined,
    );
    return (await Promise.race([ready, closed]))?.output;
  }

  #run(command, args, onText = () => {}) {
    if (this.#isEnding) throw new Error("PostgreSQL was stopped");
    const child = spawn(command, args, {
      ...this.#identity,
      cwd: this.#scratch,
      // The messages are read below, so they must be in English.
      env: { ...process.env, ...this.#options.env, LC_ALL: "C", LC_MESSAGES: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#log(text);
        // Only the beginning is needed: the answer to "did it start, and why not".
        output = (output + text).slice(0, 20_000);
        onText(output);
      });
    }
    const closed = once(child, "close").then(([code, signal]) => ({ code, signal, output }));
    this.#running = { child, closed };
    return this.#running;
  }

  async #createDataFolder() {
    const { user, password } = this.#options;
    const passwordFile = join(this.#scratch, "password");
    await mkdir(this.#data);
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await this.#own([this.#data, passwordFile]);
    const { closed } = this.#run(this.#programs.initdb, [
      `--pgdata=${this.#data}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
      "--no-instructions",
    ]);
    const { code, output } = await closed;
    if (code !== 0) {
      throw new Error(`initdb failed with code ${code}: ${output}`);
    }
  }

  async #copyDataFolder(source) {
    await cp(source, this.#data, { recursive: true });
    // https://www.postgresql.org/docs/current/warm-standby.html#STANDBY-SERVER-SETUP
    await writeFile(join(this.#data, "standby.signal"), "");
    await chmod(this.#data, 0o700);
    const entries = await readdir(this.#data, { recursive: true });
    await this.#own([this.#data, ...entries.map((entry) => join(this.#data, entry))]);
  }

  async #own(paths) {
    const { uid, gid } = this.#identity;
    if (uid === undefined) return;
    for (const path of paths) await chown(path, uid, gid);
  }
}
