// Failures that are not awaited do not end the process, and the exit code stays 0.
import { Emitter } from "../../index.js";

const [connection, name] = process.argv.slice(2);
const nowhere = new Emitter("postgres://nobody@127.0.0.1:1/nowhere", "/", {
  publishTimeoutMillis: 100,
});
nowhere.emit("said");
nowhere.emit("connect");
nowhere.to("room").emit("said", 1n);
nowhere.connect();
await nowhere.flush();

const io = new Emitter(connection);
await io.connect();
await io.emit("said", name, "after");
