// What `prisma generate` writes for a schema without models, made without Prisma's CLI: that takes
// 300 MB, and its postinstall downloads an engine that nothing here needs. All that runs queries, the
// compiler in WebAssembly too, comes with @prisma/client.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

const SCHEMA = `generator client {
  provider = "prisma-client-js"
}
datasource db {
  provider = "postgresql"
}
`;

const CLIENT = `"use strict";
const { getPrismaClient } = require("@prisma/client/runtime/client.js");
const compiler = "@prisma/client/runtime/query_compiler_fast_bg.postgresql";
exports.PrismaClient = getPrismaClient({
  previewFeatures: [],
  clientVersion: "VERSION",
  engineVersion: "0000000000000000000000000000000000000000",
  activeProvider: "postgresql",
  inlineSchema: ${JSON.stringify(SCHEMA)},
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: "AAAA" },
  compilerWasm: {
    getRuntime: async () => require(compiler + ".js"),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = require(compiler + ".wasm-base64.js");
      return new WebAssembly.Module(Buffer.from(wasm, "base64"));
    },
    importName: "./query_compiler_fast_bg.js",
  },
});
`;

/** Writes the client where \`import "@prisma/client"\` looks for it. */
export function generatePrismaClient() {
  const manifest = require.resolve("@prisma/client/package.json");
  const folder = join(dirname(manifest), "../../.prisma/client");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "default.js"), CLIENT.replace("VERSION", require(manifest).version));
}
