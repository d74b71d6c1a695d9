import {
  type Bytes,
  Emitter,
  type EmitterOptions,
  type Executor,
  type Statement,
} from "../../index.js";
import { check, type Same } from "./assert.js";
import type { ClientEvents, ServerEvents } from "./events.js";

declare const client: { query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };
// An overloaded method, and one that wants more than it must get, as drivers declare them.
declare const driver: {
  query(config: { text: string }): Promise<number>;
  query<R = unknown>(text: string, values?: readonly unknown[], more?: object): Promise<R[]>;
};

const typed = new Emitter<ClientEvents, ServerEvents>("postgres://localhost/db");

// Executors.
check<Same<ReturnType<typeof typed.using>, Emitter<ClientEvents, ServerEvents>>>();
typed.using(client);
typed.using(driver);
typed.using((text, values) => client.query(text, values));
typed.using(async (text: string, values: unknown[]) => void [text, values]);
const executor: Executor = client;
typed.using(executor).of("/admin").to("a").volatile;
// @ts-expect-error: no query
typed.using({ execute: async () => {} });
// @ts-expect-error: no promise
typed.using((text) => text);
// @ts-expect-error: an executor is required
typed.using();

// Without a connection.
const untyped = Emitter.using(client);
check<Same<typeof untyped, Emitter>>();
const own: Emitter<ClientEvents, ServerEvents> = Emitter.using(client);
const named = Emitter.using<ClientEvents>(client, "/admin", { attachmentTtlMillis: 1 });
const options: EmitterOptions = { attachmentTtlMillis: null };
Emitter.using(client, undefined, options);
// @ts-expect-error: milliseconds
Emitter.using(client, "/", { attachmentTtlMillis: "1 hour" });

// Statements: the name of a call, and its arguments.
const statement = typed.to("a").statement("socketsJoin", "b", 1, ["c"]);
check<Same<typeof statement, Statement>>();
check<Same<typeof statement.text, string>>();
check<Same<typeof statement.values, (string | Bytes)[]>>();
check<Bytes extends Uint8Array ? true : false>();
typed.statement("emit", "news", "title", 1);
typed.statement("emit", "nothing");
typed.statement("serverSideEmit", "reload", { why: "because" });
// @ts-expect-error: an argument is missing
typed.statement("emit", "news", "title");
// @ts-expect-error: an event of the servers
typed.statement("emit", "reload", { why: "because" });
// @ts-expect-error: an event of the clients
typed.statement("serverSideEmit", "nothing");
untyped.statement("emit", "anything", 1, {});
client.query(statement.text, statement.values);
typed.statement("socketsLeave", "b");
typed.statement("disconnectSockets");
typed.statement("disconnectSockets", true);
own.statement("disconnectSockets");
named.to("a").statement("socketsJoin");
// @ts-expect-error: a boolean
typed.statement("disconnectSockets", "true");
// @ts-expect-error: a room is not a boolean
typed.statement("socketsJoin", true);
// @ts-expect-error: not one of the five
typed.statement("to", "a");
// @ts-expect-error: a method is required
typed.statement();
