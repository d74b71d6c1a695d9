// The packages of a release, installed into an empty folder by npm and by pnpm, and used there.
//
// Longer than 300 lines: what is installed is packed once for all of it.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { startCluster } from "../tools/cluster.mjs";
import { packRelease as packPackages } from "../tools/release-packages.mjs";
import { inbox } from "./support/clients.mjs";
import { startProgram } from "./support/command.mjs";
import { usePostgres } from "./support/database.mjs";
import { blocksFor } from "./support/documents/blocks.mjs";
import { build, instructionsOf } from "./support/documents/dockerfile.mjs";
import { startRegistry } from "./support/registry.mjs";
import { packRelease } from "./support/release.mjs";

const require = createRequire(import.meta.url);
const { platformOf, PREBUILT } = require("../lib/native.js");
const run = promisify(execFile);
const NAME = "socket.io-postgres-emitter-rs";
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const USERS = fileURLToPath(new URL("./users/", import.meta.url));
const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));
const here = `${NAME}-${platformOf(process)}`;

let scratch;
let packages;
let registry;
let cluster;
let client;

const postgres = usePostgres(test, {
  async setUp() {
    cluster = await startCluster({ server: postgres.server, servers: 1 });
    client = inbox(await cluster.connect(0));
    scratch = await mkdtemp(join(tmpdir(), "installed-"));
    packages = await packRelease(scratch);
    registry = await startRegistry(packages);
  },
  async tearDown() {
    registry?.close();
    await cluster?.close();
    if (scratch) await rm(scratch, { recursive: true, force: true });
  },
});

const main = () => packages.find(({ manifest }) => manifest.name === NAME);

/** A program of our own `node_modules`, on files elsewhere. */
const tool = (path, args, cwd) => run(process.execPath, [join(MODULES, path), ...args], { cwd });

// No settings of a user's: a registry of the user's own must not be asked.
const env = { ...process.env, npm_config_userconfig: join(USERS, "no-such-npmrc") };

/** How each package manager installs the package, with nothing kept from elsewhere. */
const MANAGERS = {
  npm: (folder, flags) =>
    run(
      "npm",
      ["install", NAME, "--no-audit", "--no-fund", "--cache", `${folder}-cache`, ...flags],
      { cwd: folder, env, shell: process.platform === "win32" },
    ),
  pnpm: (folder, flags) => {
    const places = ["--store-dir", `${folder}-store`];
    const pnpm = join(MODULES, "pnpm", "bin", "pnpm.cjs");
    return run(process.execPath, [pnpm, "add", NAME, ...places, ...flags], {
      cwd: folder,
      env: { ...env, XDG_CACHE_HOME: `${folder}-cache` },
    });
  },
};

async function install(manager) {
  const folder = join(scratch, manager);
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  await MANAGERS[manager](folder, ["--ignore-scripts", "--registry", registry.url]);
  return folder;
}

/** TypeScript users: where the output goes, and the options beside `strict`. */
const FORMATS = {
  nodenext: { source: "user.mts", output: "user.mjs", module: "nodenext" },
  "nodenext (CommonJS)": { source: "user.cts", output: "user.cjs", module: "nodenext" },
  bundler: { source: "user.ts", output: "user.js", module: "esnext", moduleResolution: "bundler" },
  commonjs: { source: "user.ts", output: "user.js", module: "commonjs" },
};

async function compile(folder, format) {
  const { source, output, module, moduleResolution } = FORMATS[format];
  const place = join(folder, format);
  await mkdir(place);
  await cp(join(USERS, "user.ts"), join(place, source));
  // What a bundler leaves as it is, Node takes for a module.
  const type = module === "esnext" ? "module" : "commonjs";
  await writeFile(join(place, "package.json"), JSON.stringify({ type }));
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    target: "es2022",
    lib: ["es2022"],
    types: [],
    module,
    moduleResolution,
    rootDir: ".",
    outDir: "out",
  };
  await writeFile(
    join(place, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: [source] }),
  );
  await tool("typescript/bin/tsc", ["--project", "."], place);
  return join(place, "out", output);
}

/** Runs a user's program until it ends, and waits for its event at a client of the server. */
async function use(t, file, name) {
  const { stderr } = await run(process.execPath, [file, postgres.server.connectionString, name], {
    env: { ...process.env, NODE_OPTIONS: "" },
    timeout: 20_000,
  });
  t.is(stderr, "");
  t.deepEqual(await client.until("installed"), ["installed", name]);
  client.take();
}

for (const manager of Object.keys(MANAGERS)) {
  test.serial(
    `installed by ${manager}: CommonJS, ESM, TypeScript and the command line`,
    async (t) => {
      const folder = await install(manager);
      // From the installed package's own place: pnpm keeps it in a folder of its own.
      const resolve = createRequire(createRequire(join(folder, "x.js")).resolve(NAME)).resolve;
      for (const { manifest } of packages.filter((each) => each.manifest.os)) {
        const found = () => resolve(manifest.name);
        if (manifest.name === here) t.notThrows(found);
        else t.throws(found, { code: "MODULE_NOT_FOUND" });
      }
      for (const name of ["user.cjs", "user.mjs"]) {
        await cp(join(USERS, name), join(folder, name));
        await use(t, join(folder, name), `${manager} ${name}`);
      }
      const program = join(folder, "node_modules", ".bin", NAME);
      const url = ["--url", postgres.server.connectionString];
      await run(program, ["emit", "installed", manager, ...url], {
        shell: process.platform === "win32",
      });
      t.deepEqual(await client.until("installed"), ["installed", manager]);
      client.take();
      for (const format of Object.keys(FORMATS)) {
        await use(t, await compile(folder, format), `${manager} ${format}`);
      }
    },
  );
}

const [slim, alpine, vendoring, vendored, alias] = blocksFor("installed.spec.mjs");

for (const { name, code } of [slim, alpine]) {
  const [[, image]] = instructionsOf(code);
  const libc = image.endsWith("-alpine") ? "musl" : "glibc";

  test.serial(`${name}: an image with ${libc}, and its binary`, async (t) => {
    const context = join(scratch, `context-${libc}`);
    await mkdir(context);
    await writeFile(join(context, "package.json"), '{ "private": true }');
    // The developer's machine is one of another kind.
    const flags = ["--ignore-scripts", "--registry", registry.url];
    await MANAGERS.npm(context, [...flags, "--os=darwin", "--cpu=arm64"]);
    await writeFile(join(context, ".dockerignore"), "node_modules\n");
    await cp(join(ROOT, "examples", "quickstart.mjs"), join(context, "main.mjs"));
    const { program, args, cwd } = await build(code, {
      context,
      image: join(scratch, `image-${libc}`),
      env: {
        npm_config_userconfig: env.npm_config_userconfig,
        npm_config_cache: `${context}-cache`,
        npm_config_registry: registry.url,
        // What npm finds out for itself inside the image.
        npm_config_os: "linux",
        npm_config_libc: libc,
      },
    });
    const platform = `linux-${process.arch}-${libc === "musl" ? "musl" : "gnu"}`;
    const found = (await readdir(join(cwd, "node_modules"))).sort();
    t.deepEqual(
      found.filter((each) => each.startsWith(NAME)),
      [NAME, `${NAME}-${platform}`],
    );
    t.is(program, "node");
    // The other libc's binary is a text here, see release.mjs.
    if (platform !== platformOf(process)) return t.log("not this machine's: not started");
    const { connectionString } = postgres.server;
    const options = { cwd, env: { DATABASE_URL: connectionString } };
    t.like(await startProgram(program, args, options).ended, { code: 0, stderr: "" });
    t.deepEqual(await client.until("news"), ["news", "hello, everybody"]);
    client.take();
  });
}

test("the Dockerfiles differ in nothing but the image's name, and CA certificates", (t) => {
  const [[[, debian], [run, certificates], ...rest], [[, musl], ...same]] = [slim, alpine].map(
    ({ code }) => instructionsOf(code),
  );
  t.is(run, "RUN");
  t.regex(certificates, /apt-get install .* ca-certificates/);
  t.deepEqual(same, rest);
  t.is(musl, debian.replace(/-slim$/, "-alpine"));
});

test.serial(
  "`npm run package`: two tarballs, which npm and pnpm install, and an image",
  async (t) => {
    const parent = join(scratch, "vendored");
    const context = join(parent, "application");
    await mkdir(context, { recursive: true });
    await symlink(ROOT, join(parent, NAME), "junction");
    await writeFile(join(context, "package.json"), '{ "private": true }');
    await writeFile(join(context, ".dockerignore"), "node_modules\n");
    await cp(join(ROOT, "examples", "quickstart.mjs"), join(context, "main.mjs"));
    const npm = {
      npm_config_userconfig: env.npm_config_userconfig,
      npm_config_cache: join(parent, "cache"),
      npm_config_registry: registry.url,
      npm_config_audit: "false",
    };
    // Without `prepackage`, which is the set-up that this run has behind it.
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    t.is(scripts.prepackage, "node tools/setup.mjs");
    t.true(vendoring.code.includes("npm run package"));
    const commands = vendoring.code.replace("npm run package", scripts.package);
    // A debug build takes its time to pack.
    const shell = { cwd: context, env: npm, timeoutMs: 120_000 };
    const result = await startProgram("sh", ["-e", "-c", commands], shell).ended;
    t.is(result.code, 0, result.stderr);
    const shown = result.stdout;
    t.true(shown.includes(`The binary is for ${platformOf(process)}`), shown);
    if (platformOf(process).endsWith("-gnu")) t.regex(shown, /with glibc 2\.\d+ or newer\.$/m);
    const { dependencies } = JSON.parse(await readFile(join(context, "package.json"), "utf8"));
    t.deepEqual(Object.keys(dependencies).sort(), [NAME, here]);

    const images = [
      await build(vendored.code, { context, image: join(parent, "image"), env: npm }),
    ];
    // Of a registry that has neither, pnpm finds the binary, too.
    const strict = join(parent, "strict");
    await mkdir(strict);
    await writeFile(join(strict, "package.json"), '{ "private": true }');
    const pnpm = join(MODULES, "pnpm", "bin", "pnpm.cjs");
    const tarballs = (await readdir(join(context, "vendor"))).map((file) =>
      join(context, "vendor", file),
    );
    t.is(tarballs.length, 2);
    const places = ["--store-dir", `${strict}-store`, "--registry", registry.url];
    await run(process.execPath, [pnpm, "add", ...tarballs, ...places], {
      cwd: strict,
      env: { ...env, XDG_CACHE_HOME: `${strict}-cache` },
    });
    await cp(join(context, "main.mjs"), join(strict, "main.mjs"));
    images.push({ program: "node", args: ["main.mjs"], cwd: strict });
    for (const { program, args, cwd } of images) {
      const { connectionString } = postgres.server;
      const options = { cwd, env: { DATABASE_URL: connectionString } };
      t.like(await startProgram(program, args, options).ended, { code: 0, stderr: "" });
      t.deepEqual(await client.until("news"), ["news", "hello, everybody"]);
      client.take();
    }
  },
);

test.serial("code of the official emitter's user runs as it is, by the alias", async (t) => {
  const folder = join(scratch, "alias");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), alias.code);
  const args = ["install", "--no-audit", "--no-fund", "--cache", `${folder}-cache`];
  await run("npm", [...args, "--registry", registry.url], {
    cwd: folder,
    env,
    shell: process.platform === "win32",
  });
  const source = `
    const { Emitter } = require("@socket.io/postgres-emitter");
    const { Pool } = require(${JSON.stringify(join(MODULES, "pg"))});
    const pool = new Pool({ connectionString: process.env.DATABASE_URL });
    const io = new Emitter(pool);
    io.emit("installed", "by its old name");
    pool.end();`;
  const options = { cwd: folder, env: { DATABASE_URL: postgres.server.connectionString } };
  const program = startProgram(process.execPath, ["-e", source], options);
  t.like(await program.ended, { code: 0, stdout: "", stderr: "" });
  t.deepEqual(await client.until("installed"), ["installed", "by its old name"]);
  client.take();
});

test.serial("a clone that is installed with --install-links says what to do", async (t) => {
  const folder = join(scratch, "copied");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  const { stdout, stderr } = await run(
    "npm",
    ["install", ROOT, "--install-links", "--ignore-scripts", "--registry", registry.url].concat([
      "--cache",
      `${folder}-cache`,
      "--no-audit",
    ]),
    { cwd: folder, env, shell: process.platform === "win32" },
  );
  t.log(stdout, stderr);
  const error = await t.throwsAsync(
    run(process.execPath, ["-e", `require("${NAME}")`], { cwd: folder }),
  );
  t.true(error.stderr.includes("ERR_NO_BINARY"));
  t.true(error.stderr.includes('with "--install-links"'));
  t.true(error.stderr.includes('"npm run package"'));
});

test("there is a package for each platform, pinned by the main one, and no install script", (t) => {
  const { optionalDependencies, version, scripts } = main().manifest;
  const names = [...PREBUILT].map((platform) => `${NAME}-${platform}`).sort();
  t.deepEqual(Object.keys(optionalDependencies).sort(), names);
  t.deepEqual([...new Set(Object.values(optionalDependencies))], [version]);
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
    t.false(script in scripts, script);
  }
});

test("the packages hold what a user needs, and nothing else", async (t) => {
  const filesIn = async (folder) => {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile());
    return found.map(({ parentPath, path, name }) =>
      relative(ROOT, join(parentPath ?? path, name)).replaceAll("\\", "/"),
    );
  };
  const ours = [...(await filesIn("lib")), ...(await filesIn("cli"))];
  const wanted = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "binding.js",
    "index.d.ts",
    "index.js",
    "testing.d.ts",
    "testing.js",
  ];
  t.deepEqual(main().files.sort(), [...wanted, "package.json", ...ours].sort());
  for (const { manifest, files } of packages.filter((each) => each.manifest.os)) {
    t.deepEqual(files.sort(), ["LICENSE", "README.md", manifest.main, "package.json"].sort());
  }
});

test("what npm downloads stays small", async (t) => {
  const { size, tarball } = main();
  t.true(size < 110_000, `${tarball}: ${size} bytes`);
  const binary = packages.find(({ manifest }) => manifest.name === here);
  // A debug build is ten times as large.
  t.true(binary.size < 2_600_000, `${binary.tarball}: ${binary.size} bytes`);
});

test("a release with a binary missing is not packed", async (t) => {
  const folder = join(scratch, "incomplete");
  await mkdir(folder);
  await writeFile(join(folder, `${NAME}.linux-x64-gnu.node`), "the only one");
  await t.throwsAsync(packPackages({ binaries: folder, target: folder }));
});

test("the crate holds its own sources, and no others", async (t) => {
  const { stdout } = await run("cargo", ["package", "--list", "--allow-dirty"], { cwd: ROOT });
  const files = stdout.trim().split(/\r?\n/);
  for (const name of ["README.md", "LICENSE", "CHANGELOG.md", "src/lib.rs", "examples/emit.rs"]) {
    t.true(files.includes(name), name);
  }
  const own = /^(src[\\/].*\.rs|examples[\\/].*\.rs|[^\\/]+)$/;
  t.deepEqual(
    files.filter((name) => !own.test(name)),
    [],
  );
});

test("publint and arethetypeswrong find nothing", async (t) => {
  await t.notThrowsAsync(tool("publint/src/cli.js", ["--strict", main().tarball]));
  await t.notThrowsAsync(tool("@arethetypeswrong/cli/dist/index.js", [main().tarball]));
});
