import {
  BroadcastOperator,
  Emitter,
  type EmitterOptions,
  type EnsureFunctionsOptions,
  type Rooms,
} from "../../index.js";
import { check, type Same } from "./assert.js";

const emitter = new Emitter("postgres://localhost/db");
const operator = emitter.to("a");

// Rooms: strings, numbers, arrays of them at any depth, read-only ones too, in any mix.
const fixed = ["a", 1] as const;
const nested: Rooms = [["a", [1, [["b"]]]], "c"];
for (const call of [
  operator.to,
  operator.in,
  operator.except,
  operator.socketsJoin,
  operator.socketsLeave,
] as const) {
  check<Same<Parameters<typeof call>, Rooms[]>>();
}
operator.to();
operator.to("a", 1, ["b", 2], fixed, ...fixed, nested);
// @ts-expect-error: a room is not a boolean
operator.to(true);
// @ts-expect-error: a room is not null
operator.to("a", null);
// @ts-expect-error: a room is not undefined
operator.to(undefined);
// @ts-expect-error: nor is one in an array
operator.to(["a", [Symbol.iterator]]);
// @ts-expect-error: a Set is not an array
operator.to(new Set(["a"]));

// The emitter's calls are the operator's, type for type: what holds for one holds for the other.
check<
  Same<Pick<Emitter, keyof BroadcastOperator>, Pick<BroadcastOperator, keyof BroadcastOperator>>
>();
check<Same<ReturnType<typeof operator.to>, BroadcastOperator>>();
check<Same<ReturnType<typeof operator.in>, BroadcastOperator>>();
check<Same<ReturnType<typeof operator.except>, BroadcastOperator>>();
check<Same<ReturnType<typeof operator.compress>, BroadcastOperator>>();
check<Same<typeof operator.volatile, BroadcastOperator>>();
check<Same<ReturnType<typeof operator.emit>, Promise<void>>>();
check<Same<ReturnType<typeof operator.serverSideEmit>, Promise<void>>>();
check<Same<ReturnType<typeof operator.socketsJoin>, Promise<void>>>();
check<Same<ReturnType<typeof operator.socketsLeave>, Promise<void>>>();
check<Same<ReturnType<typeof operator.disconnectSockets>, Promise<void>>>();
check<Same<typeof operator.disconnectSockets, (close?: boolean) => Promise<void>>>();
check<Same<Parameters<typeof operator.compress>, [compress: boolean]>>();
// @ts-expect-error: a getter only
emitter.volatile = operator;
// @ts-expect-error: a getter only
operator.volatile = operator;

// What only the emitter has.
check<Same<ReturnType<typeof emitter.ensureTable>, Promise<void>>>();
check<Same<ReturnType<typeof emitter.ensureFunctions>, Promise<void>>>();
check<
  Same<Parameters<typeof emitter.ensureFunctions>[0], EnsureFunctionsOptions | null | undefined>
>();
check<Same<ReturnType<typeof emitter.connect>, Promise<void>>>();
check<Same<ReturnType<typeof emitter.flush>, Promise<void>>>();
check<Same<ReturnType<typeof emitter.close>, Promise<void>>>();
check<Same<ReturnType<(typeof emitter)[typeof Symbol.asyncDispose]>, Promise<void>>>();
// @ts-expect-error: not on an operator
operator.of("/admin");
// @ts-expect-error: not on an operator
operator.close();
// @ts-expect-error: operators are made by an emitter
new BroadcastOperator();

// Read-only properties.
check<Same<Pick<Emitter, "nsp">, { readonly nsp: string }>>();
check<Same<Pick<Emitter, "channel">, { readonly channel: string }>>();
check<Same<Pick<Emitter, "tableName">, { readonly tableName: string }>>();
check<Same<Pick<Emitter, "payloadThreshold">, { readonly payloadThreshold: number }>>();
// @ts-expect-error: read-only
emitter.nsp = "/admin";
// @ts-expect-error: read-only
emitter.channel = "a";
// @ts-expect-error: read-only
emitter.tableName = "a";
// @ts-expect-error: read-only
emitter.payloadThreshold = 1;
check<Same<Emitter["state"], "idle" | "connecting" | "connected" | "closed">>();
check<Same<ReturnType<Emitter["queueUsage"]>, Promise<number>>>();

// Connection and namespace.
new Emitter({ connectionString: "postgres://localhost/db" }, "/admin", {});
new Emitter({ host: "h", port: 5432, user: "u", password: "p", database: "d" }, undefined);
new Emitter({ host: undefined, port: null, password: undefined });
// The environment says where.
new Emitter();
new Emitter(null, "/admin");
new Emitter(null, null, null);
Emitter.using(async () => {}, null, null);
Emitter.outbox(async () => {}, null, null);
declare const fromEnvironment: string | undefined;
// @ts-expect-error: a variable that is not set is no address
new Emitter(fromEnvironment);
new Emitter({ connectionString: fromEnvironment, ssl: true });
new Emitter({ href: "postgres://localhost/db", searchParams: {} });
new Emitter({ host: "h", sslmode: "verify-full", service: "app", keepalives: 1 });
new Emitter({ host: "h", max: 5, idleTimeoutMillis: 1000, types: {} });
new Emitter({ port: "5432", password: async () => "token", ssl: { ca: "PEM", servername: "h" } });
new Emitter({ ssl: { host: "h" } });
new Emitter({ password: ({ host, port, user, database }) => [host, port, user, database].join() });
new Emitter({
  ssl: { ca: "PEM", checkServerIdentity: (host, { subject }) => void [host, subject] },
});
// @ts-expect-error: not verified, or verified
new Emitter({ ssl: "yes" });
// @ts-expect-error: no such setting
new Emitter({ hostname: "h" });
// @ts-expect-error: no such option
new Emitter(null, "/", { chanelPrefix: "app" });
// @ts-expect-error: a namespace is a string
new Emitter("postgres://localhost/db", 1);

// Options: a value, undefined, null, or left out.
type Given = Required<EmitterOptions>;
const absent: { [K in keyof Given]: undefined } & EmitterOptions = {
  channelPrefix: undefined,
  key: undefined,
  tableName: undefined,
  outboxTable: undefined,
  payloadThreshold: undefined,
  attachmentTtlMillis: undefined,
  parser: undefined,
  errorHandler: undefined,
  publishTimeoutMillis: undefined,
  maxQueueBytes: undefined,
  retryUnknown: undefined,
  onStateChange: undefined,
  signal: undefined,
  discoveryMillis: undefined,
  listenerIdleMillis: undefined,
  heartbeatTimeoutMillis: undefined,
  listenConnection: undefined,
};
const nothing: { [K in keyof Given]: null } & EmitterOptions = {
  channelPrefix: null,
  key: null,
  tableName: null,
  outboxTable: null,
  payloadThreshold: null,
  attachmentTtlMillis: null,
  parser: null,
  errorHandler: null,
  publishTimeoutMillis: null,
  maxQueueBytes: null,
  retryUnknown: null,
  onStateChange: null,
  signal: null,
  discoveryMillis: null,
  listenerIdleMillis: null,
  heartbeatTimeoutMillis: null,
  listenConnection: null,
};
const values: EmitterOptions = {
  channelPrefix: "prefix",
  key: "prefix",
  tableName: 'my_schema."My table"',
  payloadThreshold: 4000,
  attachmentTtlMillis: 60_000,
  parser: { encode: (message: unknown) => new Uint8Array([message === null ? 0 : 1]) },
  errorHandler: (err: Error) => void err.message,
  publishTimeoutMillis: 1_000,
  maxQueueBytes: 1_000_000,
  retryUnknown: true,
  onStateChange: ({ state, cause }) => void (state === "idle" && cause?.code),
};
for (const options of [absent, nothing, values]) {
  new Emitter("postgres://localhost/db", "/", options);
}
new Emitter("postgres://localhost/db", "/", { errorHandler: async (err) => void err.code });
// @ts-expect-error: a number of bytes
new Emitter("postgres://localhost/db", "/", { payloadThreshold: "8000" });
// @ts-expect-error: no such option
new Emitter("postgres://localhost/db", "/", { prefix: "a" });
// @ts-expect-error: bytes, not text
new Emitter("postgres://localhost/db", "/", { parser: { encode: () => "text" } });

// Answers.
const answers = new Emitter<{
  ask: (question: string, answer: (yes: boolean) => void) => void;
  careful: (answer: (err: Error, count: number) => void) => void;
  plain: (text: string) => void;
}>();
check<Same<ReturnType<typeof answers.serverCount>, Promise<number>>>();
async function asked() {
  const yes = await answers.to("a").timeout(1_000).emitWithAck("ask", "sure?");
  check<Same<typeof yes, boolean[]>>();
  const counts = await answers.emitWithAck("careful");
  check<Same<typeof counts, number[]>>();
  const loose = await new Emitter().emitWithAck("anything", 1, "2");
  // biome-ignore lint/suspicious/noExplicitAny: an untyped emitter says so
  check<Same<typeof loose, any[]>>();
  const [socket] = await answers.in("a").fetchSockets<{ name: string }>();
  if (!socket) return;
  check<Same<typeof socket.data, { name: string }>>();
  check<Same<typeof socket.rooms, Set<string | number>>>();
  await socket.emit("plain", "text");
  // @ts-expect-error: its argument is a text
  await socket.emit("plain", 1);
  // @ts-expect-error: the question is missing
  await answers.emitWithAck("ask");
  await answers.emit("ask", "sure?");
  await answers.timeout(1_000).emit("ask", "sure?", (err, responses) => {
    check<Same<typeof responses, boolean[]>>();
    return err?.code;
  });
  // @ts-expect-error: a number of milliseconds
  answers.timeout("1000");
}
void asked;
