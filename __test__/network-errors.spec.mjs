// Errors of the network name whom they are about, as Node's own do; and what is no PostgreSQL is told.

import http from "node:http";
import test from "ava";
import { Emitter } from "../index.js";
import { freePort } from "../tools/free-port.mjs";
import { hangUp, startTcpServer } from "../tools/tcp-server.mjs";

/** The port of a server which does that with each connection. */
async function listening(t, onConnection) {
  const { port, close } = await startTcpServer(onConnection);
  t.teardown(close);
  return port;
}

const speakHttp = (socket) =>
  http.createServer((_, response) => response.end()).emit("connection", socket);

async function failure(t, connection) {
  const emitter = new Emitter(connection, "/", { errorHandler: () => {} });
  t.teardown(() => emitter.close());
  return t.throwsAsync(emitter.connect());
}

test("a port where nothing listens", async (t) => {
  const port = await freePort();
  const error = await failure(t, `postgres://user:secret@127.0.0.1:${port}/db`);
  t.like(error, { code: "ECONNREFUSED", syscall: "connect", address: "127.0.0.1", port });
  t.true(error.message.includes(`connect ECONNREFUSED 127.0.0.1:${port}`), error.message);
  t.false(error.message.includes("secret"));
});

test("several hosts: the last one that was tried", async (t) => {
  const ports = [await freePort(), await freePort()];
  const error = await failure(t, `postgres://127.0.0.1:${ports[0]},127.0.0.1:${ports[1]}/db`);
  t.like(error, { code: "ECONNREFUSED", port: ports[1] });
});

test("a socket that is not there", async (t) => {
  if (process.platform === "win32") return t.pass();
  const error = await failure(t, "postgres:///db?host=/nowhere&port=6000");
  t.like(error, { code: "ENOENT", syscall: "connect", address: "/nowhere/.s.PGSQL.6000" });
  t.is(error.port, undefined);
});

test("a name that is unknown", async (t) => {
  const error = await failure(t, "postgres://user:secret@unknown.invalid/db");
  t.like(error, { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "unknown.invalid" });
  t.true(error.message.includes("getaddrinfo ENOTFOUND unknown.invalid"), error.message);
});

for (const [what, greet] of [
  ["an HTTP server", speakHttp],
  ["a server that hangs up", hangUp],
  ["a server of another protocol", (socket) => socket.end("220 ready\r\n")],
]) {
  for (const mode of ["prefer", "disable"]) {
    test(`${what} is told to be no PostgreSQL (${mode})`, async (t) => {
      const port = await listening(t, greet);
      const error = await failure(t, `postgres://127.0.0.1:${port}/db?sslmode=${mode}`);
      t.like(error, { syscall: "read", address: "127.0.0.1", port });
      t.true(["ECONNRESET", "ERR_CONNECTION", "EPIPE"].includes(error.code), error.code);
      t.regex(
        error.message,
        /127\.0\.0\.1:\d+ takes connections, and does not answer as PostgreSQL/,
      );
    });
  }
}

for (const [what, greet] of [
  ["nothing", () => {}],
  ["what PostgreSQL does not say", (socket) => socket.write("SSH-2.0-OpenSSH\r\n")],
]) {
  test(`a server that says ${what}, and waits`, async (t) => {
    const port = await listening(t, greet);
    const error = await failure(t, `postgres://127.0.0.1:${port}/db?connect_timeout=2`);
    t.like(error, { code: "ETIMEDOUT", syscall: "connect", address: "127.0.0.1", port });
    t.regex(error.message, /no PostgreSQL has answered/);
  });
}

test("a message that was not sent in time says so of its cause", async (t) => {
  const port = await freePort();
  const emitter = new Emitter(`postgres://127.0.0.1:${port}/db`, "/", {
    errorHandler: () => {},
    publishTimeoutMillis: 100,
  });
  t.teardown(() => emitter.close());
  const error = await t.throwsAsync(emitter.emit("e"), { code: "ERR_TIMEOUT" });
  t.like(error.cause, { code: "ECONNREFUSED", address: "127.0.0.1", port });
});
