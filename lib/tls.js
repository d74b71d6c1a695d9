"use strict";

const { isUint8Array } = require("node:util/types");
const { invalidType, invalidValue } = require("./errors.js");
const { checkText, isMissing } = require("./options.js");

/** Options of `tls.connect` that rustls does not have: passed over, they would make TLS less safe. */
const REFUSED = ["ciphers", "crl", "pfx", "secureContext", "secureProtocol"];

const modeOf = (ssl) => {
  if (ssl === true || ssl === "true") return "verify-full";
  if (ssl === false || ssl === "false") return "disable";
  if (ssl === "no-verify") return "no-verify";
  if (typeof ssl === "string") {
    throw invalidValue('connection.ssl must be true, false, "no-verify" or an object');
  }
  if (typeof ssl !== "object") throw invalidType("connection.ssl", "a boolean or an object", ssl);
  return ssl.rejectUnauthorized === false ? "no-verify" : "verify-full";
};

/** PEM: a string, a Buffer, or an array of them. */
const pemOf = (name, value) => {
  if (isMissing(value) || value === "") return undefined;
  if (Array.isArray(value)) return value.map((each) => pemOf(name, each) ?? "").join("\n");
  if (isUint8Array(value)) return Buffer.from(value).toString("latin1");
  return checkText(`connection.ssl.${name}`, value);
};

const textOf = (ssl, name) =>
  isMissing(ssl[name]) ? undefined : checkText(`connection.ssl.${name}`, ssl[name]);

/** A key, or Node's form of several, of which one is in use: `[{ pem, passphrase }]`. */
const keyOf = ({ key, passphrase }) => {
  const [only, ...more] = Array.isArray(key) ? key : [key];
  if (more.length > 0) throw invalidValue("connection.ssl.key must be one key");
  if (isMissing(only?.pem)) return { key: only, passphrase };
  return { key: only.pem, passphrase: only.passphrase ?? passphrase };
};

/** The caller's check of who the server is, as the native side calls it. */
const checkOf = ({ checkServerIdentity }) => {
  const name = "connection.ssl.checkServerIdentity";
  if (isMissing(checkServerIdentity)) return undefined;
  if (typeof checkServerIdentity !== "function") {
    throw invalidType(name, "a function", checkServerIdentity);
  }
  // Loaded when first needed: most emitters have no such check.
  const { canShowCertificates, identityAsker } = require("./identity.js");
  if (canShowCertificates) return identityAsker(checkServerIdentity);
  throw invalidValue(
    `${name} cannot be used: this runtime's crypto.X509Certificate has no toLegacyObject()`,
  );
};

/**
 * pg's `ssl`, as the native side takes it; none when it says nothing.
 *
 * @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 */
const readTls = (ssl, negotiation) => {
  if (!isMissing(negotiation) && negotiation !== "postgres" && negotiation !== "direct") {
    throw invalidValue('connection.sslnegotiation must be "postgres" or "direct"');
  }
  const direct = negotiation === "direct";
  if (isMissing(ssl)) return undefined;
  const mode = modeOf(ssl);
  if (typeof ssl !== "object") return { mode, direct };
  for (const name of REFUSED) {
    if (!isMissing(ssl[name])) throw invalidValue(`connection.ssl.${name} is not supported`);
  }
  const { key, passphrase } = keyOf(ssl);
  const checkIdentity = checkOf(ssl);
  // `host` stands in for `servername`, as in tls.connect.
  const serverName = textOf(ssl, "servername") || textOf(ssl, "host");
  return {
    mode,
    // A name to check, or a check of one's own, asks for verification, too.
    isModeImplied: isMissing(ssl.rejectUnauthorized) && !serverName && !checkIdentity,
    direct,
    ca: pemOf("ca", ssl.ca),
    cert: pemOf("cert", ssl.cert),
    key: pemOf("key", key),
    passphrase: textOf({ passphrase }, "passphrase"),
    serverName,
    minVersion: textOf(ssl, "minVersion"),
    maxVersion: textOf(ssl, "maxVersion"),
    checkIdentity,
  };
};

module.exports = { readTls };
