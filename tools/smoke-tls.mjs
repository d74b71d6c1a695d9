// The part of the smoke test that is about TLS: each kind of certificate that servers have, in both
// versions, verified by the addon and made and spoken by Node's OpenSSL.

import assert from "node:assert/strict";
import { Emitter } from "../index.js";
import { certificate } from "./certificates.mjs";
import { startTcpServer } from "./tcp-server.mjs";
import { startTlsProxy } from "./tls-proxy.mjs";

const HOST = "127.0.0.1";

const KEYS = {
  "ECDSA P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "ECDSA P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  "RSA 2048": {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: Buffer.from([1, 0, 1]),
    hash: "SHA-256",
  },
};

const VERSIONS = ["TLSv1.2", "TLSv1.3"];

/** What the login of the server behind comes to: where there is none, an error with this SQLSTATE. */
const SQLSTATE = "28000";

/** A server that refuses every login, in the words of PostgreSQL. */
async function startRefuser() {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${SQLSTATE}\0Mnobody may log in\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  const response = Buffer.concat([Buffer.from("E"), length, fields]);
  return startTcpServer((socket) => socket.once("data", () => socket.end(response)));
}

/** The code of the connection's failure; none when it was opened, and sent a message. */
async function failureOf(connection) {
  const io = new Emitter(connection, "/", { errorHandler() {} });
  try {
    await io.connect();
    await io.emit("smoke", "over TLS");
    return undefined;
  } catch (error) {
    return error.code;
  } finally {
    await io.close();
  }
}

/** Every mode, with one certificate of the server. */
async function checkModes(url, what, { authority, stranger, success }) {
  const full = `${url}?sslmode=verify-full`;
  for (const [mode, connection, expected] of [
    ["require", `${url}?sslmode=require`, success],
    [
      "verify-ca",
      { connectionString: `${url}?sslmode=verify-ca`, ssl: { ca: authority } },
      success,
    ],
    ["verify-full", { connectionString: full, ssl: { ca: authority } }, success],
    [
      "a wrong CA",
      { connectionString: full, ssl: { ca: stranger } },
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "a wrong name",
      { connectionString: full, ssl: { ca: authority, servername: "wrong.test" } },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
  ]) {
    assert.equal(await failureOf(connection), expected, `${what}: ${mode}`);
  }
}

/**
 * TLS with the server at `connectionString`; without one, up to the login. Resolves to what was spoken.
 */
export async function encrypted(connectionString) {
  const refuser = connectionString === undefined ? await startRefuser() : undefined;
  const behind = new URL(refuser?.connectionString ?? connectionString);
  try {
    for (const [kind, algorithm] of Object.entries(KEYS)) {
      const made = (options) => certificate({ commonName: kind, algorithm, ...options });
      const issuer = await made({ isAuthority: true });
      const { cert: stranger } = await made({ commonName: "a stranger", isAuthority: true });
      const server = await made({ issuer, names: [HOST] });
      for (const maxVersion of VERSIONS) {
        const proxy = await startTlsProxy({
          host: behind.hostname,
          port: Number(behind.port || 5432),
          certificate: server,
          maxVersion,
        });
        const url = new URL(behind);
        url.host = `${HOST}:${proxy.port}`;
        await checkModes(url.href, `${kind} over ${maxVersion}`, {
          authority: issuer.cert,
          stranger,
          success: refuser && SQLSTATE,
        }).finally(proxy.close);
      }
    }
  } finally {
    refuser?.close();
  }
  return `${VERSIONS.join(" and ")} with ${Object.keys(KEYS).join(", ")}`;
}
