// Certificates for TLS tests, made on the spot.

import { createPrivateKey, webcrypto } from "node:crypto";
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
 * certificate of this function (itself, when left out), `days` from when until when it is valid.
 */
export async function certificate({
  commonName,
  names = [],
  issuer,
  isAuthority = false,
  days: [from, to] = [-1, 30],
  extensions: more = [],
}) {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const subject = `CN=${commonName}`;
  const extensions = [...more];
  if (isAuthority) extensions.push(new x509.BasicConstraintsExtension(true, undefined, true));
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
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    extensions,
  });
  return { subject, keys, cert: made.toString("pem"), key: await pemOf(keys) };
}
