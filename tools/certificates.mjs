// Certificates for servers and clients of tests, made on the spot.

import { createPrivateKey, sign, webcrypto } from "node:crypto";
// The library below needs it, and leaves it to us.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60 * 1000;
let serial = 0;

async function pemOf(keys) {
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }).export({
    format: "pem",
    type: "pkcs8",
  });
}

/**
 * A certificate: `cert` and `key` in PEM. `names` are DNS names and addresses, `issuer` another
 * certificate of this function (itself, when left out), `days` from when until when it is valid;
 * `algorithm` is that of its key and of what it signs, as WebCrypto has them; `keys` are its own when
 * left out.
 */
export async function certificate({
  commonName,
  names = [],
  issuer,
  isAuthority = false,
  days: [from, to] = [-1, 30],
  extensions: more = [],
  pathLength,
  algorithm = ALGORITHM,
  keys: given,
}) {
  const keys = given ?? (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]));
  const subject = `CN=${commonName}`;
  const extensions = [...more];
  if (isAuthority) extensions.push(new x509.BasicConstraintsExtension(true, pathLength, true));
  if (names.length > 0) {
    const altNames = names.map((value) => ({
      type: /^[\d.]+$|:/.test(value) ? "ip" : "dns",
      value,
    }));
    extensions.push(new x509.SubjectAlternativeNameExtension(altNames));
  }
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: (++serial).toString(16).padStart(2, "0"),
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + to * DAY_MS),
    signingAlgorithm: issuer?.algorithm ?? algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    extensions,
  });
  return { subject, keys, algorithm, cert: made.toString("pem"), key: await pemOf(keys) };
}

/** What the bytes of DER hold, one after the other: `[tag, bytes with their head, bytes within]`. */
function elementsOf(der) {
  const elements = [];
  for (let rest = der; rest.length > 0; ) {
    const long = rest[1] & 0x80 ? rest[1] & 0x7f : 0;
    const length = long ? rest.readUIntBE(2, long) : rest[1];
    const end = 2 + long + length;
    elements.push([rest[0], rest.subarray(0, end), rest.subarray(2 + long, end)]);
    rest = rest.subarray(end);
  }
  return elements;
}

function element(tag, ...parts) {
  const bytes = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const short = length.subarray(length.findIndex((byte) => byte > 0));
  const head = bytes.length < 0x80 ? short : Buffer.concat([Buffer.of(0x80 | short.length), short]);
  return Buffer.concat([Buffer.of(tag), head, bytes]);
}

/** The same certificate in version 1, as OpenSSL up to 3.1 makes it when no extension is asked for. */
export function inVersion1(made, issuer = made) {
  const [[, , whole]] = elementsOf(Buffer.from(new x509.X509Certificate(made.cert).rawData));
  const [[, , content], [, algorithm]] = elementsOf(whole);
  // Without its version and its extensions.
  const kept = elementsOf(content).filter(([tag]) => tag !== 0xa0 && tag !== 0xa3);
  const content1 = element(0x30, ...kept.map(([, bytes]) => bytes));
  const signature = element(0x03, Buffer.of(0), sign("sha256", content1, issuer.key));
  const cert = new x509.X509Certificate(element(0x30, content1, algorithm, signature));
  return { ...made, cert: cert.toString("pem") };
}
