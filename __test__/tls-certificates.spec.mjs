// TLS: certificates that psql and pg accept.

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import test from "ava";
import { Emitter } from "../index.js";
import { certificate, inVersion1 } from "../tools/certificates.mjs";
import { usePostgres } from "./support/database.mjs";
import { startTlsProxy } from "./support/tls.mjs";

const MISNAMED = "ERR_TLS_CERT_ALTNAME_INVALID";
const EXPIRED = "CERT_HAS_EXPIRED";
const REFUSED = ["ERR_TLS_CERT_INVALID", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"];
const VERSIONS = ["TLSv1.2", "TLSv1.3"];
const NAMES = ["localhost"];

const plain = usePostgres(test);

/** PostgreSQL behind a certificate, and those that it sends with it. */
const proxyOf = (t, leaf, { sent = [], maxVersion } = {}) =>
  startTlsProxy(t, {
    port: plain.server.config.port,
    certificate: { cert: [leaf, ...sent].map(({ cert }) => cert).join("\n"), key: leaf.key },
    maxVersion,
  });

async function outcome(port, ca, more) {
  const ssl = { ca: ca.cert, ...more };
  const connection = { ...plain.server.config, host: "localhost", port, ssl };
  const emitter = new Emitter(connection, "/", { errorHandler: () => {} });
  try {
    await emitter.connect();
    return "connected";
  } catch (error) {
    return error.code;
  } finally {
    await emitter.close();
  }
}

const ecdsa = (namedCurve, hash) => ({ name: "ECDSA", namedCurve, hash });

const pss = (hash, saltLength) => ({
  name: "RSA-PSS",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
  saltLength,
});

/** Constrains a CA to a name. */
const constraints = (name) =>
  new x509.Extension(
    "2.5.29.30",
    true,
    Buffer.concat([
      Buffer.of(0x30, name.length + 6, 0xa0, name.length + 4, 0x30, name.length + 2),
      Buffer.of(0x82, name.length),
      Buffer.from(name),
    ]),
  );

/** What signs, and what of it OpenSSL takes. */
const SIGNERS = [
  ecdsa("P-256", "SHA-384"),
  ecdsa("P-256", "SHA-512"),
  ecdsa("P-384", "SHA-256"),
  ecdsa("P-384", "SHA-512"),
  ecdsa("P-521", "SHA-256"),
  ecdsa("P-521", "SHA-384"),
  ecdsa("P-521", "SHA-512"),
  pss("SHA-256", 0),
  pss("SHA-256", 20),
  pss("SHA-256", 130),
  pss("SHA-256", 222),
  pss("SHA-384", 20),
  pss("SHA-512", 190),
];

/** A CA of the same name, which has not signed what is shown: one for each type of key. */
const impostors = new Map();
function impostorOf(algorithm) {
  const type = `${algorithm.name} ${algorithm.namedCurve}`;
  if (!impostors.has(type)) {
    impostors.set(type, certificate({ commonName: "signer", isAuthority: true, algorithm }));
  }
  return impostors.get(type);
}

const shown = ({ name, namedCurve = "", hash, saltLength = "" }) =>
  `${name} ${namedCurve} ${hash} ${saltLength}`;

for (const algorithm of SIGNERS) {
  test.serial(`a CA that signs by ${shown(algorithm)}`, async (t) => {
    const ca = await certificate({ commonName: "signer", isAuthority: true, algorithm });
    const impostor = await impostorOf(algorithm);
    const leaf = await certificate({ commonName: "db", names: NAMES, issuer: ca });
    const port = await proxyOf(t, leaf);
    t.is(await outcome(port, ca), "connected");
    t.true(REFUSED.includes(await outcome(port, impostor)), "of the same name");
  });
}

for (const algorithm of [ecdsa("P-521", "SHA-512"), pss("SHA-256", 222)]) {
  test.serial(`a certificate made by hand, by ${shown(algorithm)}`, async (t) => {
    const ca = await certificate({ commonName: "signer", isAuthority: true, algorithm });
    const impostor = await impostorOf(algorithm);
    const leaf = { commonName: "db", names: NAMES, issuer: ca, isAuthority: true };
    const port = await proxyOf(t, await certificate(leaf));
    t.is(await outcome(port, ca), "connected");
    t.true(REFUSED.includes(await outcome(port, impostor)), "of the same name");
  });
}

test.serial("a server's key on P-521", async (t) => {
  const algorithm = ecdsa("P-521", "SHA-512");
  const ca = await certificate({ commonName: "ca", isAuthority: true });
  const leaf = await certificate({ commonName: "db", names: NAMES, issuer: ca, algorithm });
  t.is(await outcome(await proxyOf(t, leaf), ca), "connected");
  // TLS 1.2 takes it from those alone who agree on keys on that curve, too.
  const port = await proxyOf(t, leaf, { maxVersion: "TLSv1.2" });
  t.is(await outcome(port, ca), "ERR_TLS_HANDSHAKE");
});

test.serial("version 1, as PostgreSQL's manual makes it", async (t) => {
  const root = await certificate({ commonName: "root", isAuthority: true });
  const stranger = await certificate({ commonName: "root", isAuthority: true });
  const between = await certificate({ commonName: "ca", isAuthority: true, issuer: root });
  const late = { commonName: "localhost", days: [-30, -1] };
  for (const maxVersion of VERSIONS) {
    for (const [issuer, sent] of [
      [root, []],
      [between, [between]],
    ]) {
      const leafOf = async (what) => inVersion1(await certificate({ ...what, issuer }), issuer);
      const to = async (what) => proxyOf(t, await leafOf(what), { sent, maxVersion });
      const port = await to({ commonName: "localhost" });
      const what = `${maxVersion} ${sent.length}`;
      t.is(await outcome(port, root), "connected", what);
      t.is(await outcome(port, root, { servername: "db.test" }), MISNAMED, what);
      t.true(REFUSED.includes(await outcome(port, stranger)), what);
      t.is(await outcome(await to(late), root), EXPIRED, what);
    }
  }
  // Whatever is not verified needs its key all the same.
  const own = inVersion1(await certificate({ commonName: "localhost" }));
  const port = await proxyOf(t, own);
  t.is(await outcome(port, own), "connected");
  t.is(await outcome(port, root, { rejectUnauthorized: false }), "connected");
});

test.serial("what lies between a certificate made by hand and its root", async (t) => {
  const root = await certificate({ commonName: "root", isAuthority: true });
  const authority = { isAuthority: true, issuer: root, commonName: "one" };
  const forClients = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]);
  const forData = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
  const unknown = new x509.Extension("1.2.3.4", true, Buffer.of(5, 0));
  const passedOver = new x509.Extension("1.2.3.4", false, Buffer.of(5, 0));
  const constrained = constraints("test.org");
  const chain = async (one, two) => {
    const first = await certificate({ ...authority, ...one });
    if (two === undefined) return [first];
    return [await certificate({ ...authority, commonName: "two", issuer: first, ...two }), first];
  };
  for (const [what, [issuer, ...more], expected, sent = [issuer, ...more]] of [
    ["one", await chain({}), "connected"],
    ["one that is not sent", await chain({}), REFUSED, []],
    ["two", await chain({}, {}), "connected"],
    ["a length that suffices", await chain({ pathLength: 1 }, { pathLength: 0 }), "connected"],
    ["a length that does not", await chain({ pathLength: 0 }, {}), REFUSED],
    ["no CA", await chain({ isAuthority: false }), REFUSED],
    ["a CA for clients", await chain({ extensions: [forClients] }), REFUSED],
    ["a key that signs no certificates", await chain({ extensions: [forData] }), REFUSED],
    ["what is critical and unknown", await chain({ extensions: [unknown] }), REFUSED],
    ["what is unknown", await chain({ extensions: [passedOver] }), "connected"],
    ["constraints of names", await chain({ extensions: [constrained] }), REFUSED],
    ["out of date", await chain({ days: [-30, -1] }), EXPIRED],
  ]) {
    for (const leaf of [
      inVersion1(await certificate({ commonName: "localhost", issuer }), issuer),
      await certificate({ commonName: "db", names: NAMES, isAuthority: true, issuer }),
    ]) {
      const code = await outcome(await proxyOf(t, leaf, { sent }), root);
      t.true([expected].flat().includes(code), `${what}: ${code}`);
    }
  }
});

test.serial("many CAs that signed each other make no end of paths", async (t) => {
  const root = await certificate({ commonName: "root", isAuthority: true });
  const first = await certificate({ commonName: "loop", isAuthority: true });
  const again = { commonName: "loop", isAuthority: true, keys: first.keys, issuer: first };
  const sent = await Promise.all(Array.from({ length: 40 }, () => certificate(again)));
  const leaf = { commonName: "db", names: NAMES, isAuthority: true, issuer: first };
  const port = await proxyOf(t, await certificate(leaf), { sent });
  t.true(REFUSED.includes(await outcome(port, root)));
});

test.serial("roots that limit what they sign for", async (t) => {
  const unknown = new x509.Extension("1.2.3.4", true, Buffer.of(5, 0));
  const rootOf = (extensions) => certificate({ commonName: "root", isAuthority: true, extensions });
  for (const [what, extension, ordinary, byHand] of [
    ["these names", constraints("localhost"), ["connected"], REFUSED],
    ["other names", constraints("db.test"), REFUSED, REFUSED],
    ["what is unknown", unknown, REFUSED, REFUSED],
  ]) {
    const root = await rootOf([extension]);
    for (const [isAuthority, expected] of [
      [false, ordinary],
      [true, byHand],
    ]) {
      const leaf = { commonName: "db", names: NAMES, issuer: root, isAuthority };
      const port = await proxyOf(t, await certificate(leaf));
      const code = await outcome(port, root);
      t.true(expected.includes(code), `${what}, CA:${isAuthority}: ${code}`);
    }
  }
});
