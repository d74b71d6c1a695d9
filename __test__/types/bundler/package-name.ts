// A bundler's user: the package by its name.
import { Emitter } from "socket.io-postgres-emitter-rs";
import type { Emitter as Local } from "../../../index.js";
import { check, type Same } from "../assert.js";

const emitter = new Emitter("postgres://localhost/db");
check<Same<typeof emitter, Local>>();
// @ts-expect-error: the wrong type of argument
emitter.of(1);
