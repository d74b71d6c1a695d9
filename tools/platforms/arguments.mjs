// The command line of `npm run test:platforms`.

import { parseArgs } from "node:util";

const HELP = `npm run test:platforms -- [--suite] [--write] [PLATFORM…]

Builds the addon for other platforms and runs it there, on a Debian machine (x64, as root); for all of
them, unless some are named. What cannot be run is told, with the reason.

  --suite  on linux-x64-musl the whole suite, too (half an hour)
  --write  puts what came of it into docs/platforms.md
  --help   prints this

PLATFORMS_CACHE is the folder for what is downloaded and built, target/platforms by default.
`;

/** What others call the parts of a platform's name. */
const SYNONYMS = {
  aarch64: "arm64",
  alpine: "musl",
  amd64: "x64",
  apple: "darwin",
  macos: "darwin",
  windows: "win32",
  x86_64: "x64",
};

const partsOf = (name) =>
  name
    .toLowerCase()
    .split("-")
    .map((part) => SYNONYMS[part] ?? part);

/** The known name that has the most parts in common with `name`; undefined where none has any. */
export function nearestPlatform(name, known) {
  const wanted = partsOf(name);
  const common = (other) => partsOf(other).filter((part) => wanted.includes(part)).length;
  const nearest = known.reduce((best, each) => (common(each) > common(best) ? each : best));
  return common(nearest) > 0 ? nearest : undefined;
}

/** The arguments: `suite`, `write` and the names `wanted`; or a `text` to end with, and the exit code. */
export function readArguments(args, known) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        suite: { type: "boolean" },
        write: { type: "boolean" },
      },
    });
  } catch (error) {
    return { text: `${error.message}\n\n${HELP}`, code: 2 };
  }
  const { values, positionals } = parsed;
  const platforms = `Platforms: ${known.join(", ")}.`;
  if (values.help) return { text: `${HELP}\n${platforms}`, code: 0 };
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestPlatform(unknown, known);
    const question = nearest ? `: did you mean ${nearest}?` : ".";
    return { text: `There is no platform ${unknown}${question} ${platforms}`, code: 2 };
  }
  const { suite = false, write = false } = values;
  return { suite, write, wanted: positionals.length > 0 ? [...new Set(positionals)] : known };
}
