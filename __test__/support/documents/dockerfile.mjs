// A Dockerfile without Docker: its instructions, run in a folder that stands for the image.

import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { startProgram } from "../command.mjs";

/** `[["FROM", "node:24-slim"], ["WORKDIR", "/app"], …]`. */
export const instructionsOf = (code) =>
  code
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+(.*)/).slice(0, 2));

/** What only a real image could run. Its user is one that the image of Node.js has. */
const LEFT_OUT = {
  FROM: /^node:\d+-(slim|alpine)$/,
  USER: /^node$/,
  RUN: /^apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm /,
};

/**
 * Builds the image from the folder `context`, which has a `.dockerignore`, into the folder `image`,
 * with `env` for its commands. Resolves to how its CMD starts: `{ program, args, cwd }`.
 */
export async function build(code, { context, image, env }) {
  const ignored = (await readFile(join(context, ".dockerignore"), "utf8")).trim().split("\n");
  const filter = (source) => !ignored.includes(relative(context, source));
  let cwd = image;
  let command;
  for (const [name, rest] of instructionsOf(code)) {
    if (LEFT_OUT[name]?.test(rest)) {
    } else if (name === "WORKDIR") {
      cwd = join(image, rest);
      await mkdir(cwd, { recursive: true });
    } else if (name === "COPY") {
      const names = rest.split(" ");
      const target = join(cwd, names.pop());
      for (const each of names) {
        // Of a folder the content is copied.
        const isFolder = (await stat(join(context, each))).isDirectory();
        await cp(join(context, each), isFolder ? target : join(target, each), {
          recursive: true,
          filter,
        });
      }
    } else if (name === "RUN") {
      const { code: exitCode, stderr } = await startProgram("sh", ["-c", rest], { cwd, env }).ended;
      if (exitCode !== 0) throw new Error(`${rest} failed: ${stderr}`);
    } else if (name === "CMD") {
      const [program, ...args] = JSON.parse(rest);
      command = { program, args, cwd };
    } else {
      throw new Error(`an instruction that is not known here: ${name} ${rest}`);
    }
  }
  return command;
}
