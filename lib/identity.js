"use strict";

const { X509Certificate } = require("node:crypto");
const { messageOf } = require("./errors.js");

/** Whether this runtime makes the objects that `tls.checkServerIdentity` takes. */
const canShowCertificates = typeof X509Certificate?.prototype.toLegacyObject === "function";

/**
 * The server's certificate as `tls.TLSSocket.getPeerCertificate(true)` gives it, with those of its
 * issuers as far as they are known.
 *
 * @param {Buffer[]} sent - in DER, the server's own first
 * @param {Buffer[]} authorities - what is trusted, in DER
 */
const peerCertificate = (sent, authorities) => {
  const known = [...sent, ...authorities].map((der) => new X509Certificate(der));
  const legacy = known.map((certificate) => certificate.toLegacyObject());
  known.forEach((certificate, index) => {
    const issuer = known.findIndex((other) => certificate.checkIssued(other));
    if (issuer !== -1) legacy[index].issuerCertificate = legacy[issuer];
  });
  return legacy[0];
};

/** The error that `check` returned or threw; nothing, if the server is the right one. */
const checkErrorOf = (check, host, sent, authorities) => {
  try {
    const verdict = check(host, peerCertificate(sent, authorities));
    if (typeof verdict?.then !== "function") return verdict;
    // The result of a promise would be too late.
    Promise.resolve(verdict).catch(() => {});
    return new TypeError("it must return undefined or an Error, and returned a promise");
  } catch (error) {
    return error ?? new Error("it threw nothing");
  }
};

const codeOf = (error) => {
  const code = error?.code;
  return typeof code === "string" && code !== "" ? code : "ERR_TLS_CERT_ALTNAME_INVALID";
};

/**
 * Shows the caller's `checkServerIdentity` the certificate of each connection. It holds no emitter, as
 * `passwordAsker`.
 */
const identityAsker = (check) => (question, host, sent, authorities) => {
  const error = checkErrorOf(check, host, sent, authorities);
  // A falsy result means that the server is the right one, as in tls.connect.
  if (!error) return question.accept();
  return question.refuse(codeOf(error), messageOf(error));
};

module.exports = { canShowCertificates, identityAsker };
