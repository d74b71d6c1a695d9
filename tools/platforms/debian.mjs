// Packages of any release of Debian, for any architecture: fetched and unpacked by the machine's own apt
// and dpkg, which are told of no system, so that nothing is installed.

import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inCache } from "./cache.mjs";
import { fetched, Missing, run } from "./commands.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

// Where a machine finds its own by other means, such as a list of mirrors (`mirror+file:`).
const ANY_MIRROR = "http://deb.debian.org/debian";

/** Where this machine gets its own packages from, if that is a mirror of Debian. */
async function mirror() {
  if (!existsSync(KEYRING))
    throw new Missing("it needs the keys of Debian (debian-archive-keyring)");
  const format = ["--format", "$(REPO_URI)", "Created-By: Packages"];
  const all = (await run("apt-get", ["indextargets", ...format])).split("\n");
  return all.find((uri) => /\/debian\/?$/.test(uri)) ?? ANY_MIRROR;
}

/** apt for `suites` (`bullseye`) and one architecture; the index is fetched once for each run. */
export async function openDebian(suites, architecture) {
  const name = `apt-${suites.join("-")}-${architecture}`;
  const folder = inCache(name);
  await mkdir(join(folder, "lists", "partial"), { recursive: true });
  await mkdir(join(folder, "archives", "partial"), { recursive: true });
  const uri = await mirror();
  const sources = suites.map((suite) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main\n`);
  await writeFile(join(folder, "sources.list"), sources.join(""));
  await writeFile(join(folder, "status"), "");
  const settings = {
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "30",
    "Dir::Cache": folder,
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State": folder,
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"),
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const apt = (program, ...args) => run(program, [...flags, ...args], { cwd: folder });
  // A mirror that is not there is no error to apt, unless it is told so.
  const updating = apt("apt-get", "update", "--quiet", "-o", "APT::Update::Error-Mode=any");
  await fetched(`the index of Debian's ${suites.join(", ")}`, updating);

  return {
    /** The versions of a package that there are. */
    async versions(packageName) {
      const text = await apt("apt-cache", "madison", packageName);
      return [...text.matchAll(/^[^|]+\|\s*([^|\s]+)\s*\|/gm)].map(([, version]) => version);
    },
    /** Unpacks a package of that version, without what it depends on, into `target`. */
    async unpackAlone(packageName, version, target) {
      const spec = `${packageName}=${version}`;
      await fetched(spec, run("apt-get", [...flags, "download", spec], { cwd: target }));
      for (const file of await readdir(target)) {
        await run("dpkg", ["--extract", file, target], { cwd: target });
        await rm(join(target, file));
      }
    },
    /** Unpacks packages, and all that they depend on, into `target`. */
    async unpack(packages, target) {
      const listed = await apt("apt-get", "install", "--yes", "--print-uris", ...packages);
      const names = [...listed.matchAll(/^'\S+' (\S+\.deb) /gm)].map(([, file]) => file);
      const downloading = apt("apt-get", "install", "--yes", "--download-only", ...packages);
      await fetched(packages.join(", "), downloading);
      for (const file of names) {
        await run("dpkg", ["--extract", join(folder, "archives", file), target]);
      }
    },
  };
}
