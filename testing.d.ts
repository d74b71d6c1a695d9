import type {
  BroadcastFlags,
  DefaultEventsMap,
  EmitterOptions,
  EventsMap,
  Executor,
  Room,
} from "./index.js";
import { Emitter } from "./index.js";

/** A message that a {@link RecordingEmitter} was asked to send. */
export interface SentMessage {
  /** The call: `emit`, `socketsJoin`, `fetchSockets` and so on. */
  readonly call:
    | "emit"
    | "emitWithAck"
    | "fetchSockets"
    | "socketsJoin"
    | "socketsLeave"
    | "disconnectSockets"
    | "serverSideEmit"
    | "serverSideEmitWithAck";
  /** The namespace, with its leading `/`. */
  readonly nsp: string;
  /** The event's name, of a call that has one. */
  readonly event?: string;
  /**
   * The other arguments as the servers get them: a `Date` is text, what is `undefined` in an object is
   * gone, bytes are a `Buffer`. Of `socketsJoin` and `socketsLeave` the rooms, of `disconnectSockets`
   * whether to close.
   */
  readonly args: readonly unknown[];
  /** The rooms it is for; empty for everyone. */
  readonly rooms: readonly Room[];
  /** The rooms it is not for. */
  readonly except: readonly Room[];
  /** The flags that were set. */
  readonly flags: BroadcastFlags;
  /** Whether it would go into the outbox. */
  readonly outbox: boolean;
  /** What was given to `using` or `outbox`, of a message that went there. Nothing is run on it. */
  readonly executor?: Executor;
}

/** The options of a {@link RecordingEmitter}: those of an emitter, most of which make no difference. */
export interface RecordingOptions extends EmitterOptions {
  /**
   * Decides what comes of a message. What it throws, or the promise it returns is rejected with, is what
   * the call fails with. What it returns is the answers to a request, as an array, and is not looked at
   * for other calls.
   *
   * @defaultValue each call succeeds, and no server answers
   */
  answer?: ((message: SentMessage) => unknown) | null | undefined;
}

/**
 * An emitter for tests, without a database: it checks its arguments and what is possible on which way as any
 * other does, keeps each message, and sends none. Those that `of`, `using` and `outbox` make keep theirs in the same list.
 *
 * @example
 * const io = new RecordingEmitter();
 * await orders(io).pay(17);
 * io.assertSent({ event: "paid", args: [{ id: 17 }], rooms: ["order:17"] });
 */
export class RecordingEmitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> extends Emitter<EmitEvents, ServerSideEvents> {
  /**
   * @param nsp - the namespace, `"/"` by default
   * @throws an `EmitterError` with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   */
  constructor(nsp?: string | null, options?: RecordingOptions | null);

  /** The messages, in the order of the calls. */
  readonly sent: readonly SentMessage[];

  /** Forgets the messages. */
  clear(): void;

  /**
   * Asserts that a message was sent with these fields, each deeply equal; other fields may be any.
   *
   * @returns the first of them
   * @throws an `AssertionError` that shows what was sent, of an executor only its class; an `EmitterError`
   * with `ERR_INVALID_ARG_VALUE` for a field that no message has
   */
  assertSent(expected: Partial<SentMessage>): SentMessage;

  /**
   * Asserts that no message was sent with these fields; without an argument, that none was.
   *
   * @throws as {@link RecordingEmitter.assertSent} does
   */
  assertNotSent(expected?: Partial<SentMessage>): void;
}
