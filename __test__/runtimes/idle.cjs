// CommonJS: nothing is awaited and nothing closed. The process ends by itself, after the last message.
const { Emitter } = require("../../index.js");

const [connection, name] = process.argv.slice(2);
const io = new Emitter(connection);
for (let index = 0; index < 300; index++) io.emit("said", name, index);
