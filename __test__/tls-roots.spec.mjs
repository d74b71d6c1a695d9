// TLS: what verifies for every other connection of Node.js verifies here, whatever the platform knows.

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import tls from "node:tls";
import test from "ava";
import { certificate } from "../tools/certificates.mjs";
import { run } from "./support/child.mjs";
import { usePostgres } from "./support/database.mjs";
import { writeFiles } from "./support/files.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

let authority;
let files;
let server;

const plain = usePostgres(test, {
  async setUp() {
    authority = await certificate({ commonName: "an authority", isAuthority: true });
    server = await certificate({ commonName: "a server", names: ["127.0.0.1"], issuer: authority });
    const stranger = await certificate({ commonName: "another authority", isAuthority: true });
    files = await writeFiles({ ca: authority.cert, stranger: stranger.cert, none: "" });
    await mkdir(join(dirname(files.paths.none), "empty"));
  },
  tearDown: () => files?.remove(),
});

/** A platform without any CA, as `node:24-slim` is one. */
const slim = () => ({
  SSL_CERT_FILE: files.paths.none,
  SSL_CERT_DIR: join(dirname(files.paths.none), "empty"),
});

/** What becomes of a connection with `ssl`, in a process of its own, after `prelude`. */
async function outcome(t, { prelude = "", ssl = true, env = {}, show = "code" } = {}) {
  const port = await startTlsProxy(t, { port: plain.server.config.port, certificate: server });
  const connection = { ...plain.server.config, host: "127.0.0.1", port, ssl };
  const source = `
    import tls from "node:tls";
    import { Emitter } from "./index.js";
    let asked = 0;
    const trusting = (list) => {
      tls.getCACertificates = () => (asked++, list());
    };
    const ca = ${JSON.stringify(authority.cert)};
    ${prelude}
    const emitter = new Emitter(${JSON.stringify(connection)}, "/", { errorHandler() {} });
    const outcome = await emitter.connect().then(() => "connected", (error) => error.${show});
    if (outcome === "connected") await emitter.emit("e");
    await emitter.close();
    console.log(outcome, asked);`;
  const { stdout, stderr } = await run(source, { env: { NODE_EXTRA_CA_CERTS: "", ...env } });
  t.is(stderr, "");
  return stdout.trim();
}

test("where the platform knows no CA, those of Node.js are known", async (t) => {
  t.is(await outcome(t, { env: slim() }), `${UNVERIFIED} 0`);
  const prelude = "trusting(() => [...tls.rootCertificates, ca]);";
  t.is(await outcome(t, { env: slim(), prelude }), "connected 1");
});

test("where it knows others, too", async (t) => {
  t.is(await outcome(t, { prelude: "trusting(() => [ca]);" }), "connected 1");
  // Its name is looked at all the same.
  const ssl = { servername: "wrong.test" };
  const prelude = "trusting(() => [ca]);";
  t.is(await outcome(t, { prelude, ssl }), "ERR_TLS_CERT_ALTNAME_INVALID 1");
});

test("NODE_EXTRA_CA_CERTS needs neither", async (t) => {
  const prelude = "trusting(() => []);";
  const env = { ...slim(), NODE_EXTRA_CA_CERTS: files.paths.ca };
  t.is(await outcome(t, { env, prelude }), "connected 0");
  env.NODE_EXTRA_CA_CERTS = files.paths.stranger;
  t.is(await outcome(t, { env, prelude }), `${UNVERIFIED} 1`);
});

test("a CA that was given is the only one", async (t) => {
  const prelude = "trusting(() => [ca]);";
  const ssl = { ca: (await certificate({ commonName: "given", isAuthority: true })).cert };
  t.is(await outcome(t, { prelude, ssl }), `${UNVERIFIED} 0`);
});

test("a list that cannot be had changes nothing", async (t) => {
  const prelude = 'trusting(() => { throw new Error("no"); });';
  t.is(await outcome(t, { prelude }), `${UNVERIFIED} 1`);
  t.is(await outcome(t, { prelude: 'trusting(() => ["no certificate"]);' }), `${UNVERIFIED} 1`);
  // What to install is the help that the message gives.
  t.regex(await outcome(t, { prelude, env: slim(), show: "message" }), /ca-certificates/);
});

const canSet = typeof tls.setDefaultCACertificates === "function";
(canSet ? test : test.skip)("those of tls.setDefaultCACertificates are Node's own", async (t) => {
  const prelude = "tls.setDefaultCACertificates([ca]);";
  t.is(await outcome(t, { env: slim(), prelude }), "connected 0");
});
