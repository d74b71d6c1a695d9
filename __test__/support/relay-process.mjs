// A relay in a process of its own. Prints each change of its state; ends when it is killed.

import { Emitter } from "../../index.js";

const [connectionString, options = "{}"] = process.argv.slice(2);
const emitter = new Emitter(connectionString, "/", { errorHandler: () => {} });
emitter.relay({
  ...JSON.parse(options),
  onStateChange: ({ state }) => console.log(state),
});
