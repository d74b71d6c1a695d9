import { Emitter } from "socket.io-postgres-emitter-rs";

const [, , connection, name] = process.argv;
const io = new Emitter(connection);
await io.emit("installed", name);
await io.close();
