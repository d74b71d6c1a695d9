// Everything, for other programs.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export async function writeJson(path, content) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
