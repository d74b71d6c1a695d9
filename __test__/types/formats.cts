// A CommonJS user: `require`, and what TypeScript turns into it. The package by its name, so that the
// "exports" of package.json are read.
import byName = require("socket.io-postgres-emitter-rs");

import type { Emitter } from "../../index.js";

import whole = require("../../index.js");

import { check, type Same } from "./assert.js";

check<Same<typeof byName.Emitter, typeof Emitter>>();
check<Same<typeof whole.Emitter, typeof Emitter>>();
check<Same<"default" extends keyof typeof whole ? true : false, false>>();
new whole.Emitter("postgres://localhost/db").to("a");
// @ts-expect-error: the module is not the class
new whole("postgres://localhost/db");
