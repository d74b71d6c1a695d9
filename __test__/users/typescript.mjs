// TypeScript from 5.0 on: the type tests, and the recipes of docs/transactions.md with each library's own
// types.

import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { installPackages } from "../../tools/packages.mjs";
import { startProgram } from "../support/command.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TYPES = join(ROOT, "__test__", "types");
const RECIPES = join(ROOT, "examples", "transactions");

const VERSIONS = {
  "5.0": "5.0.4",
  5.4: "5.4.5",
  5.9: "5.9.3",
  "6.0": "6.0.3",
  "7.0": "7.0.2",
};

const folder = installPackages(
  "users-typescript",
  Object.entries(VERSIONS).map(([name, version]) => ({
    name: `typescript-${name}`,
    source: "typescript",
    version,
  })),
);

/** Compiles `files` with a compiler of that version. */
async function compile(t, version, files, compilerOptions) {
  const place = join(folder, `${t.title.replaceAll(/\W+/g, "-")}.json`);
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: "es2022",
    lib: ["esnext"],
    module: "nodenext",
    moduleResolution: "nodenext",
    types: [],
    typeRoots: [join(ROOT, "node_modules", "@types")],
    ...compilerOptions,
  };
  await writeFile(place, JSON.stringify({ compilerOptions: options, files }));
  const tsc = join(folder, "node_modules", `typescript-${version}`, "bin", "tsc");
  const { code, stdout } = await startProgram(process.execPath, [tsc, "--project", place]).ended;
  t.is(code, 0, stdout);
}

const filesIn = async (place, wanted) =>
  (await readdir(place)).filter((name) => wanted.test(name)).map((name) => join(place, name));

/** What `prisma generate` writes of the calls in use; whatever the schema, values are any. */
const PRISMA = `
interface Calls {
  $executeRaw(query: TemplateStringsArray, ...values: any[]): Promise<number>;
  $executeRawUnsafe(query: string, ...values: any[]): Promise<number>;
  $queryRawUnsafe<T = unknown>(query: string, ...values: any[]): Promise<T>;
}
export declare class PrismaClient implements Calls {
  constructor(options: { adapter: object });
  $executeRaw(query: TemplateStringsArray, ...values: any[]): Promise<number>;
  $executeRawUnsafe(query: string, ...values: any[]): Promise<number>;
  $queryRawUnsafe<T = unknown>(query: string, ...values: any[]): Promise<T>;
  $transaction(calls: Promise<unknown>[]): Promise<unknown[]>;
  $transaction<R>(run: (tx: Calls) => Promise<R>): Promise<R>;
  $disconnect(): Promise<void>;
}
`;

/** The types that a user of TypeScript writes into a recipe. */
const typed = (code) =>
  code
    .replaceAll(/\(text, values\)(?= =>| \{)/g, '(text: string, values: Statement["values"])')
    .replaceAll("pay(id, receipt,", "pay(id: number, receipt: string | Uint8Array,")
    .replaceAll("process.env.DATABASE_URL", "String(process.env.DATABASE_URL)")
    .replace("new Kysely(", "new Kysely<Tables>(")
    .replace("import { Emitter }", "import { Emitter, type Statement }")
    .concat(
      "interface Tables { orders: { id: number; state: string }; account: { balance: number } }\n",
    )
    .concat("export type Tested = [Statement, Tables];\n");

test.before(async () => {
  const recipes = join(folder, "recipes");
  await rm(recipes, { recursive: true, force: true });
  await mkdir(recipes);
  await symlink(join(ROOT, "node_modules"), join(recipes, "node_modules"), "junction");
  await writeFile(join(recipes, "prisma-client.d.mts"), PRISMA);
  for (const name of await readdir(RECIPES)) {
    const code = await readFile(join(RECIPES, name), "utf8");
    await writeFile(join(recipes, name.replace(".mjs", ".mts")), typed(code));
  }
});

for (const version of Object.keys(VERSIONS)) {
  test.serial(`TypeScript ${version}: the types, without those of any other package`, async (t) => {
    const files = await filesIn(TYPES, /\.[cm]?ts$/);
    await compile(t, version, files, { target: "es2020", lib: ["es2020"] });
    const bundled = [...files, ...(await filesIn(join(TYPES, "bundler"), /\.ts$/))];
    await compile(
      t,
      version,
      bundled.filter((name) => name.endsWith(".ts")),
      { lib: ["es2020"], module: "esnext", moduleResolution: "bundler" },
    );
  });

  test.serial(`TypeScript ${version}: with the types of Node and of other libraries`, async (t) => {
    const files = [
      ...(await filesIn(TYPES, /\.[cm]?ts$/)),
      ...(await filesIn(join(TYPES, "node"), /\.mts$/)),
    ];
    // It has \`await using\`, which is from 5.2.
    const known = files.filter((name) => version !== "5.0" || !name.endsWith("dispose.mts"));
    await compile(t, version, known, { types: ["node"], skipLibCheck: true });
  });

  test.serial(`TypeScript ${version}: the recipes`, async (t) => {
    const recipes = join(folder, "recipes");
    const files = await filesIn(recipes, /^(?!prisma-client).*\.mts$/);
    t.is(files.length, 9);
    await compile(t, version, files, {
      types: ["node"],
      skipLibCheck: true,
      // As most projects have it, and several of the libraries need it.
      exactOptionalPropertyTypes: false,
      paths: {
        "@prisma/client": [join(recipes, "prisma-client.d.mts")],
        "socket.io-postgres-emitter-rs": [join(ROOT, "index.d.ts")],
      },
    });
  });
}
