import type {
  AttachmentHeader,
  Broadcaster,
  BroadcastFlags,
  BroadcastMessage,
  BroadcastOptions,
  ClusterMessage,
  ConnectionSettings,
  DefaultEventsMap,
  DisconnectSocketsMessage,
  EmitFunctionsOptions,
  EmitterErrorCode,
  EmitterOptions,
  EventNames,
  EventParams,
  EventsMap,
  FetchSocketsMessage,
  NotificationMessage,
  PacketOptions,
  Parser,
  Room,
  Rooms,
  ServerSideEmitMessage,
  SocketsJoinLeaveMessage,
} from "../../index.js";
import * as all from "../../index.js";
import { check, type Same } from "./assert.js";
import type { ClientEvents } from "./events.js";

// The values, and no other.
type Values =
  | "Emitter"
  | "BroadcastOperator"
  | "EmitterError"
  | "RESERVED_EVENTS"
  | "DEFAULT_EMITTER_KEY"
  | "DEFAULT_TABLE_NAME"
  | "DEFAULT_OUTBOX_TABLE"
  | "Relay"
  | "outboxSql"
  | "emitFunctionsSql"
  | "DEFAULT_PAYLOAD_THRESHOLD"
  | "attachmentTableSql";
check<Same<Exclude<keyof typeof all, "default">, Values>>();
check<Same<typeof all.RESERVED_EVENTS, ReadonlySet<string>>>();
check<Same<typeof all.DEFAULT_EMITTER_KEY, "socket.io">>();
check<Same<typeof all.DEFAULT_TABLE_NAME, "socket_io_attachments">>();
check<Same<typeof all.DEFAULT_OUTBOX_TABLE, "socket_io_outbox">>();
check<Same<typeof all.outboxSql, (outboxTable?: string | null) => string>>();
check<Same<typeof all.emitFunctionsSql, (options?: EmitFunctionsOptions | null) => string>>();
check<Same<keyof EmitFunctionsOptions, "channelPrefix" | "outboxTable" | "schema">>();
check<Same<typeof all.DEFAULT_PAYLOAD_THRESHOLD, 8000>>();
check<Same<typeof all.attachmentTableSql, (tableName?: string | null) => string>>();
// @ts-expect-error: read-only
all.RESERVED_EVENTS.add("mine");
// @ts-expect-error: not a public type
export type Hidden = import("../../index.js").MessageHead;

// The types, and what they say.
check<Same<Room, string | number>>();
check<Same<[] extends Rooms ? true : false, true>>();
check<0 extends 1 & EventsMap[string] ? true : false>(); // `any`
check<Same<EventNames<ClientEvents>, "nothing" | "news" | "files">>();
check<
  Same<
    EventParams<ClientEvents, "news">,
    [title: string, priority: number, tag?: string | undefined]
  >
>();
check<Same<EventNames<DefaultEventsMap>, string>>();
check<Same<Parameters<Parser["encode"]>, [message: ClusterMessage]>>();
check<Same<ReturnType<Parser["encode"]>, Uint8Array>>();
check<"connectionString" extends keyof ConnectionSettings ? true : false>();
check<"errorHandler" extends keyof EmitterOptions ? true : false>();
check<Same<keyof BroadcastFlags, "volatile" | "compress">>();
check<
  Same<keyof BroadcastOptions, "nsp" | "broadcastChannel" | "tableName" | "payloadThreshold">
>();
check<Same<all.Emitter["broadcastOptions"], BroadcastOptions>>();
check<Same<keyof PacketOptions, "rooms" | "except" | "flags">>();

/** Takes an emitter or an operator. */
export const greet = (whom: Broadcaster): Promise<void> => whom.to("a").emit("hello");
export const greeted = (emitter: all.Emitter) => [greet(emitter), greet(emitter.to("b"))];
// @ts-expect-error: a type alone
export const noValue = all.Broadcaster;

// Messages are told apart by `type`.
type OfType<N> = Extract<ClusterMessage, { type: N }>;
check<Same<ClusterMessage["type"], 3 | 4 | 5 | 6 | 7 | 9>>();
check<Same<OfType<3>, BroadcastMessage>>();
check<Same<OfType<4 | 5>, SocketsJoinLeaveMessage>>();
check<Same<OfType<6>, DisconnectSocketsMessage>>();
check<Same<OfType<7>, FetchSocketsMessage>>();
check<Same<OfType<9>, ServerSideEmitMessage>>();
check<Same<NotificationMessage, ClusterMessage | AttachmentHeader>>();

export function describe(message: NotificationMessage): string {
  if ("attachmentId" in message) {
    check<Same<typeof message, AttachmentHeader>>();
    return message.attachmentId;
  }
  switch (message.type) {
    case 3:
      return `${message.data.packet.data[0]} ${message.data.opts.flags.volatile === true}`;
    case 4:
    case 5:
      return `${message.data.rooms.length}`;
    case 6:
      return `${message.data.close}`;
    case 7:
      return message.data.requestId;
    case 9:
      return message.data.packet[0];
  }
}

const broadcast: BroadcastMessage = {
  uid: "emitter",
  nsp: "/",
  source: "_sio_adapter",
  type: 3,
  data: {
    packet: { type: 2, data: ["news", 1], nsp: "/" },
    opts: { rooms: ["a", 1], except: [], flags: { volatile: true } },
  },
};
export const header: NotificationMessage = { uid: "emitter", type: 3, attachmentId: "17" };
export const messages: ClusterMessage[] = [
  broadcast,
  { ...broadcast, type: 5, data: { opts: { rooms: [], except: [] }, rooms: ["a"] } },
  // @ts-expect-error: the data of another type
  { ...broadcast, type: 6 },
  // @ts-expect-error: a type that an emitter does not send
  { ...broadcast, type: 1 },
];

// Errors: `code` is any string, and this package's own codes are known.
export function codeOf(err: unknown): string {
  if (!(err instanceof all.EmitterError)) return "";
  check<Same<typeof err, all.EmitterError>>();
  check<typeof err extends Error ? true : false>();
  const code: string = err.code;
  const texts: Array<string | undefined> = [err.severity, err.detail, err.hint];
  const cause: unknown = err.cause;
  const closed: EmitterErrorCode = "ERR_CLOSED";
  // @ts-expect-error: read-only
  err.code = closed;
  return `${code} ${texts.join()} ${cause}`;
}

// As test runners ask for a class of errors, and as a test's double fails.
declare function expectError<E extends Error>(how: { instanceOf: new (...args: never[]) => E }): E;
check<Same<ReturnType<typeof expectError<all.EmitterError>>, all.EmitterError>>();
expectError({ instanceOf: all.EmitterError }).code;
check<Same<InstanceType<typeof all.EmitterError>, all.EmitterError>>();
new all.EmitterError("ERR_CLOSED");
new all.EmitterError("42P01", "no such table", { hint: "ensureTable()", cause: new Error("x") });
// @ts-expect-error: a code is needed
new all.EmitterError();
// @ts-expect-error: no such field
new all.EmitterError("ERR_CLOSED", "closed", { status: 500 });
