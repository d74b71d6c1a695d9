// A TypeScript user without `@types/node`, with every check on.
import { Emitter, EmitterError, type EmitterOptions } from "socket.io-postgres-emitter-rs";

declare const process: { argv: string[]; exitCode?: number };

interface Events {
  installed: (by: string) => void;
}

const [, , connection = "", name = ""] = process.argv;
const options: EmitterOptions = { errorHandler: () => {} };

async function main(): Promise<void> {
  const io = new Emitter<Events>(connection, "/", options);
  await io.emit("installed", name);
  // @ts-expect-error: not the type of the argument; would be `any` if the types were not found
  io.to("nobody").emit("installed", 5);
  const refused: unknown = await io.emit("connect" as "installed", "").catch((error) => error);
  if (!(refused instanceof EmitterError)) process.exitCode = 1;
  await io.close();
}

void main();
