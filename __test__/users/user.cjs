const { Emitter } = require("socket.io-postgres-emitter-rs");

const [, , connection, name] = process.argv;
const io = new Emitter(connection);
io.emit("installed", name).then(() => io.close());
