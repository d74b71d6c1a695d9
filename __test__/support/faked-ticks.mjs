// Emits while all of sinon's fakes are there, `process.nextTick` among them, which were installed before the
// package was loaded. Run with: connection string, and whether the fakes go away ("restored" or "kept").

import { createRequire } from "node:module";
import FakeTimers from "@sinonjs/fake-timers";

const require = createRequire(import.meta.url);
const [connectionString, fate] = process.argv.slice(2);

const clock = FakeTimers.install();
const { Emitter } = require("../../index.js");
const io = new Emitter(connectionString);
await io.emit("faked");
if (fate === "restored") clock.uninstall();
await io.emit("end");
await io.close();
