"use strict";

const { messageOf } = require("./errors.js");

/** The CAs that every connection by `tls.connect` trusts, in PEM. */
const rootsOfNode = () => {
  // The module is loaded when first needed: most emitters never ask.
  const tls = require("node:tls");
  // From Node.js 22.15 on the list has the CAs of its flags, too, and of tls.setDefaultCACertificates.
  return typeof tls.getCACertificates === "function"
    ? tls.getCACertificates("default")
    : tls.rootCertificates;
};

/** Answers the native side's question for the CAs; it holds no emitter. */
const listRoots = (question) => {
  try {
    question.answer(rootsOfNode().join("\n"));
  } catch (error) {
    question.fail(messageOf(error));
  }
};

module.exports = { listRoots };
