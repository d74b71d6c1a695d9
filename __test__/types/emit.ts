import { type BroadcastOperator, Emitter } from "../../index.js";
import { check, type Same } from "./assert.js";
import type { AdminEvents, ClientEvents, ServerEvents } from "./events.js";

type Typed = Emitter<ClientEvents, ServerEvents>;
type Operator = BroadcastOperator<ClientEvents, ServerEvents>;

const emitter: Typed = new Emitter<ClientEvents, ServerEvents>("postgres://localhost/db");

// Every target keeps both events maps.
const operators = [
  emitter.to("a"),
  emitter.in("a"),
  emitter.except("a"),
  emitter.volatile,
  emitter.compress(true),
  emitter.to("a").to("b"),
  emitter.to("a").in("b"),
  emitter.to("a").except("b"),
  emitter.to("a").volatile,
  emitter.to("a").compress(false),
  emitter.of("/admin").to("a").in("b").except("c").volatile.compress(true),
] as const;
check<Same<(typeof operators)[number], Operator>>();

const namespace = emitter.of("/admin");
check<Same<typeof namespace, Typed>>();

// The emitter's calls are the operator's, type for type: what holds for one holds for the other.
check<Same<Pick<Typed, keyof Operator>, Pick<Operator, keyof Operator>>>();

declare const target: Operator;
check<Same<ReturnType<Operator["emit"]>, Promise<void>>>();
check<Same<ReturnType<Operator["serverSideEmit"]>, Promise<void>>>();

target.emit("nothing");
target.emit("news", "title", 1);
target.emit("news", "title", 1, "tag");
target.emit("files", new Uint8Array(1), new Uint8Array(2));
target.serverSideEmit("reload", { why: "because" });

// @ts-expect-error: no such event
target.emit("new", "title", 1);
// @ts-expect-error: an event for servers
target.emit("reload", { why: "because" });
// @ts-expect-error: an argument too few
target.emit("news", "title");
// @ts-expect-error: an argument too many
target.emit("nothing", 1);
// @ts-expect-error: the wrong type of argument
target.emit("news", 1, 1);
// @ts-expect-error: the wrong type of the optional argument
target.emit("news", "title", 1, 2);
// @ts-expect-error: a callback in place of the last argument
target.emit("files", () => {});
// @ts-expect-error: no name
target.emit();

// @ts-expect-error: no such event
target.serverSideEmit("reloaded", { why: "because" });
// @ts-expect-error: an event for clients
target.serverSideEmit("nothing");
// @ts-expect-error: an argument too few
target.serverSideEmit("reload");
// @ts-expect-error: an argument too many
target.serverSideEmit("reload", { why: "because" }, () => {});
// @ts-expect-error: the wrong type of argument
target.serverSideEmit("reload", { why: 1 });

// of() may take maps of its own; what is left out stays.
const admin = emitter.of<AdminEvents>("/admin");
check<Same<typeof admin, Emitter<AdminEvents, ServerEvents>>>();
admin.to("a").emit("alert", 3);
// @ts-expect-error: the wrong type of argument
admin.emit("alert", 4);
// @ts-expect-error: an event of the other namespace
admin.to("a").emit("news", "title", 1);
const both = emitter.of<AdminEvents, ClientEvents>("/admin");
check<Same<typeof both, Emitter<AdminEvents, ClientEvents>>>();

// Without events maps: any name, any arguments.
const untyped = new Emitter("postgres://localhost/db");
check<Same<typeof untyped, Emitter>>();
const elsewhere = untyped.of("/admin");
check<Same<typeof elsewhere, Emitter>>();
const anything = untyped.of("/admin").to("a").volatile;
check<Same<typeof anything, BroadcastOperator>>();
anything.emit("anything", 1, "two", { three: [null, undefined] }, new Uint8Array(4));
anything.serverSideEmit("anything", 1, "two");
// @ts-expect-error: a name is a string
anything.emit(1);
// @ts-expect-error: a name is a string
anything.serverSideEmit(1);

// A typed emitter can be given where an untyped one is asked for, and an untyped one anywhere.
declare function takesAny(emitter: Emitter): void;
declare function takesTyped(emitter: Typed): void;
takesAny(emitter);
takesTyped(untyped);
