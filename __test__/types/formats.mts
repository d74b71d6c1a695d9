// An ES module: named imports, and the default that Node makes of `module.exports`. The package by its
// name, so that the "exports" of package.json are read.
import type * as byName from "socket.io-postgres-emitter-rs";
import whole, { type Emitter } from "../../index.js";
import { check, type Same } from "./assert.js";

check<Same<typeof byName.Emitter, typeof Emitter>>();
check<Same<typeof whole.Emitter, typeof Emitter>>();
new whole.Emitter("postgres://localhost/db").to("a");
// @ts-expect-error: the module is not the class
new whole("postgres://localhost/db");
// @ts-expect-error: not public
export type Hidden = byName.MessageHead;
export type Shared = byName.Broadcaster;
