// An ES module: a short message, one with bytes and a failure, then close().
import { Emitter, EmitterError } from "../../index.js";

const [connection, name] = process.argv.slice(2);
const io = new Emitter(connection);
await Promise.all([io.emit("said", name, "short"), io.emit("said", name, Buffer.alloc(20_000, 7))]);
const error = await io.emit("said", 1n).catch((reason) => reason);
if (!(error instanceof EmitterError) || error.code !== "ERR_NOT_SERIALIZABLE") throw error;
await io.close();

const nowhere = new Emitter("postgres://nobody@127.0.0.1:1/nowhere");
const refused = await nowhere.connect().catch((reason) => reason);
if (refused.code !== "ECONNREFUSED") throw refused;
await nowhere.close();
