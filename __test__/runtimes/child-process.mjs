// A forked child, which emits and tells its parent.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Emitter } from "../../index.js";

const [connection, name, role] = process.argv.slice(2);
const io = new Emitter(connection);
if (role === "child") {
  await io.emit("said", name, "child");
  await io.close();
  process.send("sent");
  process.disconnect();
} else {
  await io.emit("said", name, "parent");
  const child = fork(fileURLToPath(import.meta.url), [connection, name, "child"]);
  const [[message], [code]] = await Promise.all([once(child, "message"), once(child, "exit")]);
  if (message !== "sent" || code !== 0) throw new Error(`the child: ${message}, code ${code}`);
  await io.close();
}
