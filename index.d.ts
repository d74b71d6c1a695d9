// Long for its documentation, and one file, because `types` of package.json names one.

// Without this line TypeScript exports every declaration of a .d.ts file, `export` or not.
// biome-ignore lint/complexity/noUselessEmptyExport: see above
export {};

// Node has this symbol; `lib` names it only from "esnext.disposable" on. The declaration is the one
// of TypeScript's own `lib` and of `@types/node`, and merges with either.
declare global {
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/**
 * An events map: the names of events, each with the type of the listener that gets its arguments.
 * The same as in Socket.IO, so one map types the server, the clients and the emitter.
 *
 * @example
 * interface ServerToClientEvents {
 *   news: (title: string, priority: number) => void;
 * }
 */
export interface EventsMap {
  // biome-ignore lint/suspicious/noExplicitAny: only `any` lets an interface be an events map
  [event: string]: any;
}

/** The events map used when none is given: it accepts every event name, and any arguments. */
export interface DefaultEventsMap {
  // biome-ignore lint/suspicious/noExplicitAny: an untyped emitter takes anything
  [event: string]: (...args: any[]) => void;
}

/** The names of an events map. */
export type EventNames<Map extends EventsMap> = keyof Map & string;

/** The arguments of an event, as a tuple. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/** Any function. */
// biome-ignore lint/suspicious/noExplicitAny: it stands for every function
export type AnyFunction = (...args: any[]) => any;

/** `Yes` for `any`, which extends everything, and everything it. */
type IfAny<T, Yes, No> = 0 extends 1 & T ? Yes : No;

/** `Yes` for an error, or one that may be missing. */
type IfError<T, Yes, No> = [NonNullable<T>] extends [never]
  ? No
  : [NonNullable<T>] extends [Error]
    ? Yes
    : No;

/** The first argument of an acknowledgement that is no error: what one client or server answers. */
export type AnswerTo<Callback> = Callback extends (...args: infer Args) => unknown
  ? Args extends [(infer First)?, ...infer Rest]
    ? IfAny<First, First, IfError<First, Rest[0], Args[0]>>
    : Args[0]
  : never;

/**
 * Gets the answers to a request.
 *
 * @param err - an {@link EmitterError} or `null`; with `ERR_ACK_TIMEOUT` some did not answer
 * @param responses - what was answered until then
 */
export type AckCallback<Answer> = (err: EmitterError | null, responses: Answer[]) => void;

/**
 * Gets the answer of one socket.
 *
 * @param err - an {@link EmitterError} or `null`
 * @param response - the answer; as in Socket.IO, `null` with an error, and `undefined` when the socket
 * is gone
 */
export type SocketAckCallback<Answer> = (err: EmitterError | null, response: Answer) => void;

/** The last of an event's arguments, if it is an acknowledgement, be it an optional one. */
type CallbackOf<Params extends readonly unknown[]> =
  Required<Params> extends [...unknown[], infer Last]
    ? IfAny<Last, never, NonNullable<Last> extends AnyFunction ? NonNullable<Last> : never>
    : never;

/** A tuple without its last element. */
type WithoutLast<Params extends readonly unknown[]> = Params extends [...infer Args, unknown]
  ? Args
  : number extends Params["length"]
    ? Params
    : Required<Params> extends [unknown]
      ? []
      : Params extends [infer First, ...infer Rest]
        ? [First, ...WithoutLast<Rest>]
        : Params extends [(infer First)?, ...infer Rest]
          ? [First?, ...WithoutLast<Rest>]
          : [];

/** The arguments of an event without its acknowledgement. */
export type RequestParams<Map extends EventsMap, Ev extends EventNames<Map>> = [
  CallbackOf<EventParams<Map, Ev>>,
] extends [never]
  ? EventParams<Map, Ev>
  : WithoutLast<EventParams<Map, Ev>>;

/** What one client or server answers to an event. */
export type EventAnswer<Map extends EventsMap, Ev extends EventNames<Map>> = [
  CallbackOf<EventParams<Map, Ev>>,
] extends [never]
  ? // biome-ignore lint/suspicious/noExplicitAny: the events map does not say
    any
  : AnswerTo<CallbackOf<EventParams<Map, Ev>>>;

/** The arguments of an event, and `Callback` if the event has an acknowledgement. */
type ParamsWith<Map extends EventsMap, Ev extends EventNames<Map>, Callback> = [
  CallbackOf<EventParams<Map, Ev>>,
] extends [never]
  ? EventParams<Map, Ev>
  : RequestParams<Map, Ev> | [...RequestParams<Map, Ev>, Callback];

/** The arguments of an event; the acknowledgement, if the event has one, gets all answers. */
export type EmitParams<Map extends EventsMap, Ev extends EventNames<Map>> = ParamsWith<
  Map,
  Ev,
  AckCallback<EventAnswer<Map, Ev>>
>;

/** The arguments of an event for one socket; the acknowledgement, if it has one, gets the answer. */
export type SocketEmitParams<Map extends EventsMap, Ev extends EventNames<Map>> = ParamsWith<
  Map,
  Ev,
  SocketAckCallback<EventAnswer<Map, Ev>>
>;

/**
 * The name of a room: a string or a finite number. A number stays a number on the wire:
 * `socket.join(42)` and `socket.join("42")` are two rooms.
 */
export type Room = string | number;

/** A room, or an array of rooms, nested up to a hundred deep. */
export type Rooms = Room | readonly Rooms[];

/** PEM: text, its bytes, or several of either. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** A key with what it is encrypted with, as Node's `tls.KeyObject`. */
export interface PemKey {
  /** The key. */
  readonly pem: string | Uint8Array;
  /** What it is encrypted with. */
  readonly passphrase?: string | undefined;
}

/** Node's `Buffer`, as far as it is looked for. */
interface BufferClass<Made> {
  /** Makes one. */
  alloc(size: number): Made;
}

/** Bytes as they are handed out: a `Buffer`, where the program has Node's types. */
export type Bytes =
  typeof globalThis extends Record<"Buffer", BufferClass<infer Made>> ? Made : Uint8Array;

/** TLS as `pg` and `tls.connect` have it. What is not named here is refused where it would matter. */
export interface TlsSettings {
  /** The CAs that are trusted, instead of the platform's. */
  ca?: Pem | null | undefined;
  /** The client's certificate, with those that lead to its CA. */
  cert?: Pem | null | undefined;
  /** Its key: one, though it may be in an array, as Node has it. */
  key?: Pem | PemKey | readonly (string | Uint8Array | PemKey)[] | null | undefined;
  /** What the key is encrypted with. */
  passphrase?: string | null | undefined;
  /** `false` verifies nothing: neither the server's certificate nor its name. */
  rejectUnauthorized?: boolean | null | undefined;
  /** The name that the server's certificate must have, when it is not the host. */
  servername?: string | null | undefined;
  /** Stands in for `servername`, as in `tls.connect`; the server is reached by the `host` outside. */
  host?: string | null | undefined;
  /**
   * Takes the place of the check of that name, as in `tls.connect`: called for each connection, once the
   * certificate was found to come from a trusted CA and before anything is told to the server, with the
   * name that is expected and what `getPeerCertificate(true)` would give. `undefined` accepts the server;
   * an error refuses it, with the error's own `code`, or with `ERR_TLS_CERT_ALTNAME_INVALID`. Not called
   * with `rejectUnauthorized: false`.
   */
  checkServerIdentity?:
    | ((
        host: string,
        // biome-ignore lint/suspicious/noExplicitAny: Node's PeerCertificate, without a need for its types
        certificate: any,
      ) => Error | undefined)
    | null
    | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  minVersion?: string | null | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  maxVersion?: string | null | undefined;
}

/** Where a password is for, once all sources of the settings are read. */
export interface PasswordTarget {
  /** The server's name or address, or the directory of its Unix socket; of several servers, the first. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** The role. */
  readonly user: string;
  /** The database. */
  readonly database: string;
}

/**
 * Where PostgreSQL is: what `pg.Pool` takes. What is `undefined` or `null` counts as not given, and
 * is filled by the `PG…` environment variables and libpq's defaults; but a `connectionString` that is
 * `undefined` or empty is refused where no other field says which server is meant.
 */
export interface ConnectionSettings {
  /** The server's host name or address; a path is the directory of a Unix socket. */
  host?: string | null | undefined;
  /** The server's TCP port. */
  port?: number | string | null | undefined;
  /** The role to log in as. */
  user?: string | null | undefined;
  /**
   * The role's password, or a function that gives it, called for every connection with where that
   * leads, as by `pg`. Neither counts where `connectionString` has a password. It never appears in an
   * error, a log line or an inspected object.
   */
  password?: string | ((target: PasswordTarget) => string | Promise<string>) | null | undefined;
  /**
   * The database. Notifications do not cross databases: it must be the one that the Socket.IO
   * servers use. https://www.postgresql.org/docs/current/sql-notify.html
   */
  database?: string | null | undefined;
  /**
   * A whole connection string, such as `postgres://user:password@host:5432/database`, or libpq's
   * `key=value` form.
   */
  connectionString?: string | null | undefined;
  /** `true` verifies the server's certificate and name. */
  ssl?: boolean | "no-verify" | TlsSettings | null | undefined;
  /** `direct` begins with TLS at once (PostgreSQL 17). */
  sslnegotiation?: "postgres" | "direct" | null | undefined;
  /** How long an attempt to connect may take, in milliseconds; 0, the default, means ten seconds. */
  connectionTimeoutMillis?: number | null | undefined;
  /** Whether the operating system probes an idle connection. */
  keepAlive?: boolean | null | undefined;
  /** After how many milliseconds it begins to: whole seconds, from 1 to 32767, to which others are moved. */
  keepAliveInitialDelayMillis?: number | null | undefined;
  /** The name that the server shows: `socket.io-postgres-emitter` by default. */
  application_name?: string | null | undefined;
  /** Options for the server at the start of the session; poolers refuse any. */
  options?: string | null | undefined;
  /** In milliseconds; an option of the session. */
  statement_timeout?: number | string | false | null | undefined;
  /** In milliseconds; an option of the session. */
  lock_timeout?: number | string | null | undefined;
  /** In milliseconds; an option of the session. */
  idle_in_transaction_session_timeout?: number | string | null | undefined;
}

/**
 * What libpq knows beside the fields of {@link ConnectionSettings}, by its names: as if it stood in the
 * connection string, whose own word comes first. Paths are those of files.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export interface LibpqSettings {
  /** `disable`, `prefer` or `require`. */
  channel_binding?: string | null | undefined;
  /** In seconds. */
  connect_timeout?: number | string | null | undefined;
  /** The server's address, so that `host` need not be looked up. */
  hostaddr?: string | null | undefined;
  /** Whether the operating system probes an idle connection: 1 or 0. */
  keepalives?: number | string | boolean | null | undefined;
  /** After how many probes without an answer a connection is lost: at most 127. */
  keepalives_count?: number | string | null | undefined;
  /** After how many seconds of silence the first probe is sent: at most 32767. */
  keepalives_idle?: number | string | null | undefined;
  /** How many seconds are between two probes. */
  keepalives_interval?: number | string | null | undefined;
  /** `random` tries hosts and addresses in any order, `disable` in theirs. */
  load_balance_hosts?: string | null | undefined;
  /** The password file, instead of `~/.pgpass`. */
  passfile?: string | null | undefined;
  /** The section of a service file that has what is not given here. */
  service?: string | null | undefined;
  /** The service file, instead of `~/.pg_service.conf`. */
  servicefile?: string | null | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  ssl_max_protocol_version?: string | null | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  ssl_min_protocol_version?: string | null | undefined;
  /** The client's certificate. */
  sslcert?: string | null | undefined;
  /** `disable` shows no certificate of the client's, even if there is one; `allow` does. */
  sslcertmode?: string | null | undefined;
  /** The key of `sslcert`. */
  sslkey?: string | null | undefined;
  /** `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`. */
  sslmode?: string | null | undefined;
  /** What `sslkey` is encrypted with. */
  sslpassword?: string | null | undefined;
  /** The CAs that are trusted; `system` for the platform's. */
  sslrootcert?: string | null | undefined;
  /** Whether the server is told the name it is called by: 1 or 0. */
  sslsni?: number | string | boolean | null | undefined;
  /** `any`, `read-write` or `primary`. */
  target_session_attrs?: string | null | undefined;
  /** After how many milliseconds without an acknowledgement by TCP a connection is lost. */
  tcp_user_timeout?: number | string | null | undefined;
}

/**
 * What `pg` and its pools know beside the fields of {@link ConnectionSettings}, and what makes no
 * difference to an emitter: so that the settings of a pool can be given as they are.
 */
export interface PoolSettings {
  /** Passed over. */
  allowExitOnIdle?: boolean | null | undefined;
  /** Passed over. */
  client_encoding?: string | null | undefined;
  /** Passed over: channel binding is used where the server has it. */
  enableChannelBinding?: boolean | null | undefined;
  /** Taken where there is no `application_name`. */
  fallback_application_name?: string | null | undefined;
  /** Passed over. */
  idleTimeoutMillis?: number | null | undefined;
  /** Passed over. */
  log?: AnyFunction | null | undefined;
  /** Passed over. */
  max?: number | null | undefined;
  /** Passed over. */
  maxLifetimeSeconds?: number | null | undefined;
  /** Passed over. */
  maxUses?: number | null | undefined;
  /** Passed over. */
  min?: number | null | undefined;
  /** Passed over. */
  onConnect?: AnyFunction | null | undefined;
  /** Passed over. */
  pipeline?: boolean | null | undefined;
  /** Passed over: a message has a time limit of its own. */
  query_timeout?: number | null | undefined;
  /** Passed over. */
  types?: object | null | undefined;
  /** Passed over. */
  verify?: AnyFunction | null | undefined;
}

/** A `URL`, as far as it is read: a type that needs neither Node's nor the DOM's. */
export interface UrlLike {
  /** The whole of it. */
  readonly href: string;
  /** Only looked for. */
  readonly searchParams: object;
}

/** A `pg.Pool` or a `pg.Client`: its settings are read, and the emitter has a connection of its own. */
export interface PgLike {
  /** Only looked for: the emitter runs nothing on it. */
  query(...args: never[]): unknown;
  /** Only looked for: the emitter opens a connection of its own. */
  connect(...args: never[]): unknown;
}

/**
 * Where PostgreSQL is: a connection string or `URL`, settings, a `pg.Pool` or `pg.Client`; or `null`,
 * for the `PG…` environment variables and libpq's defaults. A field that is unknown is refused, and so
 * are `undefined` and an empty string: a variable that is not set must not mean another server.
 */
export type Connection =
  | string
  | UrlLike
  | (ConnectionSettings & LibpqSettings & PoolSettings)
  | PgLike
  | null;

/** Encodes the messages that travel through the attachment table. */
export interface Parser {
  /**
   * Turns a message into the bytes of the table's `payload` column. Bytes within the message are
   * left as bytes. `@socket.io/postgres-adapter` decodes the column as MessagePack.
   *
   * @param message - the whole message, not only its arguments
   */
  encode(message: ClusterMessage): Uint8Array;
}

/**
 * One message as a parametrised SQL statement: made by `statement`, to be run once, by whatever takes
 * a text with `$1`, `$2`, … and their values.
 */
export interface Statement {
  /**
   * The SQL: the same for every message that goes the same way, inside the NOTIFY or through the
   * attachment table. Each parameter occurs once, in its order, with its type as a cast.
   */
  text: string;
  /** The values of `$1`, `$2`, …: strings, and the bytes of an attachment as a `Buffer`. */
  values: (string | Bytes)[];
}

/**
 * What runs a {@link Statement} on a connection of the caller's: an object with the method `query` of
 * `pg` (its `Client`, `PoolClient` and `Pool`, TypeORM's `EntityManager` and `DataSource`, PGlite and
 * its transactions), or a function. It must return a promise; what that resolves to does not matter.
 */
export type Executor =
  | {
      /** Runs one statement. */
      query(text: string, values: (string | Bytes)[]): PromiseLike<unknown>;
    }
  | ((text: string, values: (string | Bytes)[]) => PromiseLike<unknown>);

/**
 * The options of an {@link Emitter}. `undefined` and `null` mean an option's default; an option that is
 * unknown is refused with `ERR_INVALID_ARG_VALUE`.
 */
export interface EmitterOptions {
  /**
   * The start of the channel's name, `{channelPrefix}#{namespace}`: the same as the option of
   * `@socket.io/postgres-adapter` on the servers.
   *
   * @defaultValue `"socket.io"` ({@link DEFAULT_EMITTER_KEY})
   */
  channelPrefix?: string | null | undefined;
  /**
   * Another name of `channelPrefix`. Giving both, with different values, throws
   * `ERR_INVALID_ARG_VALUE`.
   *
   * @defaultValue `"socket.io"` ({@link DEFAULT_EMITTER_KEY})
   */
  key?: string | null | undefined;
  /**
   * The attachment table, for messages that are long or hold bytes: `table` or `schema.table`, each
   * part plain or double-quoted. Anything else throws `ERR_INVALID_ARG_VALUE`. The same as the
   * option of `@socket.io/postgres-adapter` on the servers.
   *
   * @defaultValue `"socket_io_attachments"` ({@link DEFAULT_TABLE_NAME})
   */
  tableName?: string | null | undefined;
  /**
   * A message of this many bytes or more goes through the attachment table; a positive integer, in
   * bytes of UTF-8. However large it is, PostgreSQL's own limit holds: a payload must be shorter than
   * 8000 bytes. https://www.postgresql.org/docs/current/sql-notify.html
   *
   * @defaultValue `8000` ({@link DEFAULT_PAYLOAD_THRESHOLD})
   */
  payloadThreshold?: number | null | undefined;
  /**
   * Encodes messages for the attachment table.
   *
   * @defaultValue MessagePack, which every version of `@socket.io/postgres-adapter` reads
   */
  parser?: Parser | null | undefined;
  /**
   * The table of {@link Emitter.outbox} and {@link Emitter.relay}, `table` or `schema.table`, quoted as
   * `tableName` is.
   *
   * @defaultValue `"socket_io_outbox"`
   */
  outboxTable?: string | null | undefined;

  /**
   * For how long servers keep an attachment that was written with {@link Emitter.using} or
   * `statement`, in milliseconds; an integer from 0. It is counted from the moment the statement
   * runs, and has to last until the transaction is committed and the servers have read the row; they
   * add their own `cleanupInterval`. Each such row stays in the table that long. Other attachments
   * are not concerned: their transaction is the emitter's own, and over at once.
   *
   * @defaultValue `3_600_000`, one hour
   */
  attachmentTtlMillis?: number | null | undefined;
  /**
   * Gets the error of each publish that failed, whether or not its promise is awaited. What an
   * executor of {@link Emitter.using} failed with is the `cause` of the error, which has its `code`, or
   * `ERR_EXECUTOR` where it has none. That answers are missing is no such error: only the request's
   * promise or callback tells. What the handler throws is an `uncaughtException`, as in any callback.
   *
   * @defaultValue writes to the namespace `socket.io-postgres-emitter` of the `debug` package; where
   * that is off and no `await` is told of a failure, the process is warned once for each code
   * (`EmitterWarning`)
   */
  errorHandler?: ((err: EmitterError) => void) | null | undefined;
  /**
   * How long a message may take, in milliseconds, from 1 to 2147483647. While the server is away a
   * message waits, and the emitter tries to connect. When the time is up the promise is rejected
   * with `ERR_TIMEOUT`, and what had not been sent will not be. To hear the servers for the first time
   * a request has as long, and `discoveryMillis`.
   *
   * @defaultValue `30000`
   */
  publishTimeoutMillis?: number | null | undefined;
  /**
   * How much may wait to be sent or be on its way, in bytes of the JSON of rooms and arguments (a
   * character counts as one) and of binary arguments. A call beyond that is rejected at once, with
   * `ERR_QUEUE_FULL`.
   *
   * @defaultValue `67108864` (64 MiB)
   */
  maxQueueBytes?: number | null | undefined;
  /**
   * Whether a message is sent once more when the connection was lost before PostgreSQL answered. It
   * may then be delivered twice; without, its promise is rejected with `ERR_OUTCOME_UNKNOWN`.
   *
   * @defaultValue `false`
   */
  retryUnknown?: boolean | null | undefined;
  /**
   * How long the first request for answers in a namespace waits for the servers to be heard, in
   * milliseconds, from 1 to 2147483647. Later only the servers that were heard are waited for.
   *
   * @defaultValue `300`
   */
  discoveryMillis?: number | null | undefined;
  /**
   * How long a namespace is listened to after its last request, in milliseconds, from 1 to 2147483647; with the last one
   * the connection that listens is closed.
   *
   * @defaultValue `60000`
   */
  listenerIdleMillis?: number | null | undefined;
  /**
   * After how long a silence a server is asked for a sign of life, in milliseconds, from 1 to 2147483647; if it gives none
   * within `discoveryMillis`, requests do not wait for it any more. Best as long as the adapters' own
   * `heartbeatTimeout`, and longer than their `heartbeatInterval` (5000): else servers are asked that
   * live.
   *
   * @defaultValue `10000`
   */
  heartbeatTimeoutMillis?: number | null | undefined;
  /**
   * Another way to the same database, to listen on for answers: where `connection` goes through a
   * pooler in transaction mode, which cannot listen.
   *
   * @defaultValue the same as `connection`
   */
  listenConnection?: Connection | null | undefined;
  /**
   * Told of each change of the connection, and of each attempt to connect that failed. What it throws is an
   * `uncaughtException`, as in any callback.
   */
  onStateChange?: ((change: StateChange) => void) | null | undefined;
  /**
   * Closes the emitter when it is aborted. What had not been sent, be it a message, `ensureTable()` or its
   * like, is rejected with the signal's reason, which `errorHandler` gets of a message, too; what was already
   * on its way still settles by PostgreSQL's answer. What waits for answers is rejected with `ERR_CLOSED`,
   * whose `cause` is the reason.
   */
  signal?: AbortSignalLike | null | undefined;
}

/** An `AbortSignal`, as far as an emitter uses it: a type that needs neither Node's nor the DOM's. */
export interface AbortSignalLike {
  /** Whether it was aborted already. */
  readonly aborted: boolean;
  /** Why. */
  // biome-ignore lint/suspicious/noExplicitAny: so it is in the DOM's declaration
  readonly reason: any;
  /** Calls `listener` when it is aborted. */
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  /** Takes `listener` off again. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * What the connection is doing.
 *
 * - `idle`: there is none, and nothing asks for one.
 * - `connecting`: it is being opened; when that fails, again and again while something waits.
 * - `connected`: it is open.
 * - `closed`: the emitter was closed.
 */
export type ConnectionState = "idle" | "connecting" | "connected" | "closed";

/** What an emitter and its `of()` siblings have done together so far. */
export interface EmitterStats {
  /** Messages that PostgreSQL has committed; on an executor, those it ran. */
  readonly messages: number;
  /** The bytes of those: of their payloads, and of their rows in the attachment table. */
  readonly bytes: number;
  /** The transactions they shared; on an executor, the statements. */
  readonly batches: number;
  /** Those among them that went through the attachment table. */
  readonly attachments: number;
  /** Calls that failed, whether or not anything was sent. */
  readonly failed: number;
  /** Messages that wait or are on their way. */
  readonly inFlight: number;
  /** Their bytes, as `maxQueueBytes` counts them, once they are handed over: a turn later. */
  readonly queuedBytes: number;
  /** How often a connection was opened again. */
  readonly reconnects: number;
  /**
   * Whether the connection is encrypted, or was before it was lost; `null` before the first, and on an
   * executor.
   */
  readonly encrypted: boolean | null;
}

/**
 * What the tracing channels `socket.io-postgres-emitter:publish` of `node:diagnostics_channel` tell
 * of a call: `start`, `end`, `asyncStart`, `asyncEnd` and `error` get the same object.
 */
export interface PublishTrace {
  /** The namespace, with its leading `/`. */
  readonly namespace: string;
  /** The channel's name. */
  readonly channel: string;
  /** The call: `emit`, `socketsJoin` and so on. */
  readonly kind: string;
  /** The event's name, of a call that has one. */
  readonly event?: string;
  /** The bytes of the message's JSON and of its binary arguments; known from `end` on. */
  readonly bytes?: number;
  /** Whether the message goes through the attachment table; known from `end` on. */
  readonly attachment?: boolean;
  /** What the promise is rejected with. */
  readonly error?: unknown;
}

/** A change of the connection. */
export interface StateChange {
  /** What it is doing now. */
  readonly state: ConnectionState;
  /**
   * Why, when an error caused it: a connection that was lost, an attempt that failed; of `connected`,
   * that the connection is not encrypted, for with TLS it failed (`sslmode=prefer`, the default).
   */
  readonly cause: EmitterError | undefined;
}

/** How the servers send a packet to their clients. A flag that was not set is absent. */
export interface BroadcastFlags {
  /** A client that is not ready to receive misses the event. */
  readonly volatile?: boolean;
  /** Whether the transport may compress the packet. */
  readonly compress?: boolean;
}

/**
 * Where an emitter's messages go, and which way: {@link Emitter.broadcastOptions}. Socket.IO's emitter in
 * Go has the same under this name.
 */
export interface BroadcastOptions {
  /** The namespace. */
  readonly nsp: string;
  /** The channel of all messages, before PostgreSQL's limit of 63 bytes. */
  readonly broadcastChannel: string;
  /** The attachment table, as it was given. */
  readonly tableName: string;
  /** From how many bytes on a message goes through the attachment table. */
  readonly payloadThreshold: number;
}

/** Which sockets a message is for. */
export interface PacketOptions {
  /** Sockets in any of these rooms. Empty: every socket of the namespace. */
  readonly rooms: readonly Room[];
  /** Not the sockets in any of these rooms. */
  readonly except: readonly Room[];
  /** Present in a {@link BroadcastMessage} and a {@link FetchSocketsMessage} only. */
  readonly flags?: BroadcastFlags;
}

interface MessageHead {
  /** Always `"emitter"`: adapters keep every other uid in their table of live servers. */
  readonly uid: "emitter";
  /** The namespace. Adapters 0.4.0 and 0.5.0 drop a message without it. */
  readonly nsp: string;
  /** `@socket.io/cluster-adapter` drops a message without it; other adapters ignore it. */
  readonly source: "_sio_adapter";
}

/** An event for clients. */
export interface BroadcastMessage extends MessageHead {
  /** `BROADCAST` in `MessageType` of `socket.io-adapter`. */
  readonly type: 3;
  /** The packet, and whom it is for. */
  readonly data: {
    /** The Socket.IO packet; type 2 is `EVENT`. */
    readonly packet: {
      /** `EVENT` of the Socket.IO protocol. */
      readonly type: 2;
      /** The event's name and its arguments. */
      readonly data: readonly [event: string, ...args: unknown[]];
      /** The namespace. */
      readonly nsp: string;
    };
    /** Whom it is for. */
    readonly opts: Required<PacketOptions>;
    /** The id with which the servers answer, where answers are asked for. */
    readonly requestId?: string;
  };
}

/** Makes sockets join rooms, or leave them. */
export interface SocketsJoinLeaveMessage extends MessageHead {
  /** 4 is `SOCKETS_JOIN`, 5 is `SOCKETS_LEAVE` in `MessageType` of `socket.io-adapter`. */
  readonly type: 4 | 5;
  /** The rooms, and whose they become. */
  readonly data: {
    /** Which sockets. */
    readonly opts: PacketOptions;
    /** The rooms to join or leave. */
    readonly rooms: readonly Room[];
  };
}

/** Disconnects sockets. */
export interface DisconnectSocketsMessage extends MessageHead {
  /** `DISCONNECT_SOCKETS` in `MessageType` of `socket.io-adapter`. */
  readonly type: 6;
  /** Which sockets, and how far. */
  readonly data: {
    /** Which sockets. */
    readonly opts: PacketOptions;
    /** `true` closes the underlying connection, `false` leaves the namespace only. */
    readonly close: boolean;
  };
}

/** An event for the servers themselves. */
export interface ServerSideEmitMessage extends MessageHead {
  /** `SERVER_SIDE_EMIT` in `MessageType` of `socket.io-adapter`. */
  readonly type: 9;
  /** The event. */
  readonly data: {
    /** The event's name and its arguments. */
    readonly packet: readonly [event: string, ...args: unknown[]];
    /** The id with which the servers answer, where answers are asked for. */
    readonly requestId?: string;
  };
}

/** Asks the servers for their sockets. */
export interface FetchSocketsMessage extends MessageHead {
  /** `FETCH_SOCKETS` in `MessageType` of `socket.io-adapter`. */
  readonly type: 7;
  /** The sockets that are asked for. */
  readonly data: {
    /** Which sockets; the flags do not matter here. */
    readonly opts: Required<PacketOptions>;
    /** The id with which the servers answer. */
    readonly requestId: string;
  };
}

/** A message to the servers, discriminated by `type`: what {@link Parser.encode} gets. */
export type ClusterMessage =
  | BroadcastMessage
  | SocketsJoinLeaveMessage
  | DisconnectSocketsMessage
  | FetchSocketsMessage
  | ServerSideEmitMessage;

/** What goes over NOTIFY for a message that is itself in the attachment table. */
export interface AttachmentHeader {
  /** Always `"emitter"`. */
  readonly uid: "emitter";
  /** The type of the message in the table. */
  readonly type: ClusterMessage["type"];
  /** The row's `id`: a bigint, as a string. */
  readonly attachmentId: string;
}

/**
 * What a NOTIFY payload of this package holds, as JSON: the message, or the header of one in the
 * attachment table. Tell them apart by `"attachmentId" in message`.
 */
export type NotificationMessage = ClusterMessage | AttachmentHeader;

/**
 * The codes that this package gives its own errors.
 *
 * - `ERR_INVALID_ARG_TYPE`: an argument or option is of the wrong type.
 * - `ERR_INVALID_ARG_VALUE`: an argument or option has a value that cannot be used.
 * - `ERR_RESERVED_EVENT`: the event's name belongs to Socket.IO, see {@link RESERVED_EVENTS}.
 * - `ERR_NOT_SERIALIZABLE`: an argument cannot be sent: a `BigInt`, a cycle, a `Blob`.
 * - `ERR_TOO_LARGE`: the message has more bytes than PostgreSQL can take, about 1 GB.
 * - `ERR_CLOSED`: the emitter was closed.
 * - `ERR_NOT_SUPPORTED`: the call needs an answer, or a connection of its own, and an emitter of
 *   {@link Emitter.using} or {@link Emitter.outbox} has none.
 * - `ERR_OUTCOME_UNKNOWN`: the connection was lost before PostgreSQL answered; the message may or
 *   may not have been delivered.
 * - `ERR_TIMEOUT`: the time for the message was up. Its `cause` is why it was not sent, such as an
 *   error with the code `ECONNREFUSED`; or it was sent and PostgreSQL did not answer, and then the
 *   `cause` has the code `ERR_OUTCOME_UNKNOWN`. Of a request also: its servers could not be heard in
 *   time, and nothing was sent.
 * - `ERR_QUEUE_FULL`: too much waits to be sent; the message was not queued.
 * - `ERR_PASSWORD`: the function that gives the password failed, or gave none in time;
 *   `ERR_PASSWORD_MISSING`: the server asks for one, and there is none.
 * - `ERR_AUTHENTICATION`: the server asks for a kind of login that is not supported, or does not prove
 *   that it knows the password.
 * - `ERR_CONNECTION`: the connection failed in a way that has no code of Node's, such as a server that
 *   does not answer as PostgreSQL does.
 * - `ERR_TLS_NOT_SUPPORTED`: the server does not speak TLS. A certificate that is refused has Node's
 *   code of the reason (`UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `ERR_TLS_CERT_ALTNAME_INVALID`,
 *   `CERT_HAS_EXPIRED`, `CERT_NOT_YET_VALID`), or `ERR_TLS_CERT_INVALID`; any other failure is
 *   `ERR_TLS_HANDSHAKE`.
 * - `ERR_ACK_TIMEOUT`: not all answered in time. `responses` has what came.
 * - `ERR_INVALID_RESPONSE`: an answer cannot be read. `responses` has the others.
 * - `ERR_LISTENER_LOST`: the connection that listens for answers was lost while some were awaited.
 * - `ERR_LISTENER_POOLED`: that connection would go through a pooler in transaction mode, which
 *   cannot listen: give `listenConnection`.
 * - `ERR_EXECUTOR`: what runs the statements of {@link Emitter.using} or {@link Emitter.outbox} failed
 *   with something that has no `code`: the `cause`. Only an `errorHandler` is told so; the promise is
 *   rejected with that itself.
 * - `ERR_SET_ASIDE`: a {@link Relay} cannot publish a row of the outbox, and has set it aside. Its
 *   `cause` says why. Only an `errorHandler` is told of it.
 * - `ERR_RUNTIME`: the system gave the addon no thread. Thrown by the first emitter of a process.
 * - `ERR_NO_BINARY`: there is no native binary for this platform. Thrown while the package is loaded,
 *   by `require` or `import`.
 */
export type EmitterErrorCode =
  | "ERR_INVALID_ARG_TYPE"
  | "ERR_INVALID_ARG_VALUE"
  | "ERR_RESERVED_EVENT"
  | "ERR_NOT_SERIALIZABLE"
  | "ERR_TOO_LARGE"
  | "ERR_CLOSED"
  | "ERR_NOT_SUPPORTED"
  | "ERR_OUTCOME_UNKNOWN"
  | "ERR_TIMEOUT"
  | "ERR_QUEUE_FULL"
  | "ERR_PASSWORD"
  | "ERR_PASSWORD_MISSING"
  | "ERR_AUTHENTICATION"
  | "ERR_CONNECTION"
  | "ERR_TLS_NOT_SUPPORTED"
  | "ERR_TLS_CERT_ALTNAME_INVALID"
  | "ERR_TLS_CERT_INVALID"
  | "ERR_TLS_HANDSHAKE"
  | "ERR_ACK_TIMEOUT"
  | "ERR_INVALID_RESPONSE"
  | "ERR_LISTENER_LOST"
  | "ERR_LISTENER_POOLED"
  | "ERR_EXECUTOR"
  | "ERR_SET_ASIDE"
  | "ERR_RUNTIME"
  | "ERR_NO_BINARY";

/** What an {@link EmitterError} may have beside its code and its message. */
export type EmitterErrorFields = {
  [Name in
    | "address"
    | "cause"
    | "detail"
    | "event"
    | "hint"
    | "hostname"
    | "namespace"
    | "port"
    | "responses"
    | "severity"
    | "syscall"]?: EmitterError[Name] | undefined;
};

/**
 * Every error of this package. Match `code`, not the message.
 *
 * @example
 * try {
 *   await emitter.emit("photo", bytes);
 * } catch (err) {
 *   if (err instanceof EmitterError && err.code === "42P01") {
 *     await emitter.ensureTable();
 *   }
 * }
 */
export class EmitterError extends Error {
  /**
   * For a test's double, and for wrappers of an emitter.
   *
   * @param message - empty when left out
   * @param fields - further properties of the error, by their names
   */
  constructor(code: EmitterError["code"], message?: string, fields?: EmitterErrorFields | null);
  /**
   * An {@link EmitterErrorCode}; or PostgreSQL's SQLSTATE, such as `42P01` for a missing table
   * (https://www.postgresql.org/docs/current/errcodes-appendix.html); or Node's name of a network
   * failure, such as `ECONNREFUSED` or `ENOTFOUND`.
   */
  readonly code: EmitterErrorCode | (string & Record<never, never>);

  /** Of a failure of the network, what failed: `connect`, `read` or `getaddrinfo`. */
  readonly syscall?: string;

  /** Of a failure of the network, the IP address, or the path of the Unix socket. */
  readonly address?: string;

  /** Of a failure of the network, the port. */
  readonly port?: number;

  /** The name that could not be looked up. */
  readonly hostname?: string;

  /** Of a message that failed: the namespace it was for. */
  readonly namespace?: string;

  /** Of a message that failed: the event's name, if it was one. */
  readonly event?: string;
  /** PostgreSQL's severity, `ERROR` or `FATAL`. Only on an error of the server. */
  readonly severity?: string;
  /** PostgreSQL's detail, when the server gave one. */
  readonly detail?: string;
  /** What may help: PostgreSQL's hint, or, for a missing table, how to create it. */
  readonly hint?: string;
  /** The error behind this one, when there is one. */
  readonly cause?: unknown;
  /**
   * The answers that came, of a request that ended without the others: with `ERR_ACK_TIMEOUT`,
   * `ERR_LISTENER_LOST`, `ERR_INVALID_RESPONSE` or `ERR_CLOSED`.
   */
  readonly responses?: unknown[];
}

/** What a client said when it connected, as its server keeps it. */
export interface Handshake {
  /** The headers of the first request. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parameters of its URL. */
  readonly query: Readonly<Record<string, string | string[] | undefined>>;
  /** What the client gave as `auth`. */
  // biome-ignore lint/suspicious/noExplicitAny: it is the application's own
  readonly auth: Readonly<Record<string, any>>;
  /** When it was, as a text. */
  readonly time: string;
  /** The client's address. */
  readonly address: string;
  /** Whether it came from another origin. */
  readonly xdomain: boolean;
  /** Whether it came by TLS. */
  readonly secure: boolean;
  /** When it was, in milliseconds since 1970. */
  readonly issued: number;
  /** The URL of the first request. */
  readonly url: string;
}

/** Emits to one socket, and gets its answer. */
export interface SocketOperator<EmitEvents extends EventsMap = DefaultEventsMap> {
  /**
   * Emits an event to this socket; see {@link Emitter.emit}. A function as the last argument gets its
   * answer, where that of an emitter gets those of many.
   */
  emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: SocketEmitParams<EmitEvents, Ev>
  ): Promise<void>;
  /**
   * Emits an event to this socket, and waits for its answer; see {@link Emitter.emitWithAck}. That is
   * `undefined` when the socket is gone.
   */
  emitWithAck<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: RequestParams<EmitEvents, Ev>
  ): Promise<EventAnswer<EmitEvents, Ev>>;
  /** Sets how long the next call waits for the answer, in milliseconds; without it, five seconds. */
  timeout(millis: number): SocketOperator<EmitEvents>;
}

/** A socket of some server of the cluster, as it was when it was fetched. */
export interface RemoteSocket<
  EmitEvents extends EventsMap = DefaultEventsMap,
  // biome-ignore lint/suspicious/noExplicitAny: as in Socket.IO
  SocketData = any,
> extends SocketOperator<EmitEvents> {
  /** Its id, which is also a room of its own. */
  readonly id: string;
  /** What its client said when it connected. */
  readonly handshake: Handshake;
  /** The rooms it was in. */
  readonly rooms: Set<Room>;
  /** Its `data`, as JSON or MessagePack carries it. */
  readonly data: SocketData;
  /** Makes it join rooms. */
  join(...rooms: Rooms[]): Promise<void>;
  /** Makes it leave rooms. */
  leave(...rooms: Rooms[]): Promise<void>;
  /** Disconnects it; `true` closes the underlying connection. */
  disconnect(close?: boolean): Promise<void>;
}

/**
 * The calls that {@link Emitter} and {@link BroadcastOperator} share, for code that takes either. A type
 * alone: there is nothing to be constructed or imported at run time.
 *
 * @typeParam EmitEvents - the events for clients
 * @typeParam ServerSideEvents - the events for the servers
 * @example
 * import { type Broadcaster, Emitter } from "socket.io-postgres-emitter-rs";
 *
 * const greet = (whom: Broadcaster) => whom.emit("hello");
 * await greet(emitter.to("room1"));
 */
declare abstract class Broadcaster<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> {
  /**
   * Targets rooms: sockets in any of them, each once. Without any, every socket of the namespace.
   *
   * @param rooms - rooms, and arrays of rooms, in any mix; repeats count once
   * @returns a new operator; the one it is called on does not change
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` for a room that is neither a string
   * nor a number, `ERR_INVALID_ARG_VALUE` for a number that is not finite
   * @example
   * await emitter.to("room1").to("room2", ["room3", 42]).emit("news", "hello");
   */
  to(...rooms: Rooms[]): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * The same as `to`, for sentences that read better with it.
   *
   * @param rooms - rooms, and arrays of rooms, in any mix; repeats count once
   * @returns a new operator; the one it is called on does not change
   * @throws an {@link EmitterError} as `to` does
   * @example
   * await emitter.in("room1").disconnectSockets();
   */
  in(...rooms: Rooms[]): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * Leaves out the sockets in any of these rooms.
   *
   * @param rooms - rooms, and arrays of rooms, in any mix; repeats count once
   * @returns a new operator; the one it is called on does not change
   * @throws an {@link EmitterError} as `to` does
   * @example
   * await emitter.to("room1").except("room2").emit("news", "hello");
   */
  except(...rooms: Rooms[]): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * Clients that are not ready to receive may miss the event. This is about the servers' connections
   * to their clients; the message to the servers is published like any other.
   *
   * @returns a new operator; the one it is read from does not change
   * @example
   * await emitter.volatile.emit("position", { x: 1, y: 2 });
   */
  get volatile(): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * Sets whether the servers' transports may compress the packet. Unset, the servers decide.
   *
   * @param compress - `true` to compress, `false` not to
   * @returns a new operator; the one it is called on does not change
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` for anything but a boolean
   * @example
   * await emitter.compress(false).emit("news", "hello");
   */
  compress(compress: boolean): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * Emits an event to the targeted clients.
   *
   * An argument arrives as `JSON.stringify` would write it, and bytes arrive as bytes: a `Buffer`, a
   * typed array, a `DataView` or an `ArrayBuffer`, at any depth.
   *
   * A function as the last argument gets the answers of the clients, as the promise of
   * {@link Emitter.emitWithAck} does; the promise of this call settles when the event is published.
   * It is called once. What it throws is an `uncaughtException`, as in any callback.
   *
   * @param ev - the event's name
   * @param args - the event's arguments, and an {@link AckCallback} if answers are wanted
   * @returns a promise that resolves when PostgreSQL has committed the notification. Whether clients
   * received the event is not known.
   *
   * It rejects, and never throws, with an {@link EmitterError}: before anything is sent,
   * `ERR_RESERVED_EVENT` for a name in {@link RESERVED_EVENTS}, `ERR_INVALID_ARG_TYPE`,
   * `ERR_NOT_SERIALIZABLE`, `ERR_TOO_LARGE`, `ERR_QUEUE_FULL` or `ERR_CLOSED`; then `ERR_TIMEOUT`, when
   * the server was away for too long (its `cause` has the network's code), `ERR_OUTCOME_UNKNOWN`, or
   * what the server refuses with: a SQLSTATE, or a code of the login or of TLS. Left alone, a rejection
   * does not raise `unhandledRejection`.
   * @example
   * await emitter.to("room1").emit("news", "hello", { at: new Date() });
   */
  emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: EmitParams<EmitEvents, Ev>
  ): Promise<void>;

  /**
   * Sets how long the next call waits for answers; without it, five seconds. The time runs from the
   * publication on.
   *
   * @param millis - milliseconds, from 1 to 2147483647
   * @returns a new operator; the one it is called on does not change
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   * @example
   * await emitter.to("room1").timeout(1000).emitWithAck("are you there");
   */
  timeout(millis: number): BroadcastOperator<EmitEvents, ServerSideEvents>;

  /**
   * Emits an event to the targeted clients, and collects what they answer. Adapters from 0.3.1 on
   * can do that.
   *
   * The first request of an emitter opens a connection that listens, and waits a moment
   * (`discoveryMillis`) for the servers to be heard. When that connection cannot be opened the request
   * fails with the reason; it does not wait for a server that is away, as a message does.
   *
   * @param ev - the event's name
   * @param args - the event's arguments
   * @returns a promise of the answers, in the order in which they came. It rejects, beside the codes of
   * `emit`, with `ERR_ACK_TIMEOUT` when some did not answer in time, `ERR_LISTENER_LOST` or
   * `ERR_CLOSED`, and the error's `responses` are those that came; `ERR_LISTENER_POOLED`, or
   * `ERR_NOT_SUPPORTED` on an executor
   * @example
   * const answers = await emitter.timeout(1000).emitWithAck("are you there");
   */
  emitWithAck<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: RequestParams<EmitEvents, Ev>
  ): Promise<EventAnswer<EmitEvents, Ev>[]>;

  /**
   * Fetches the targeted sockets of all servers.
   *
   * @typeParam SocketData - the type of the sockets' `data`
   * @returns a promise that resolves and rejects as that of `emitWithAck` does
   * @example
   * for (const socket of await emitter.in("room1").fetchSockets()) {
   *   await socket.emit("news", `you are ${socket.id}`);
   * }
   */
  // biome-ignore lint/suspicious/noExplicitAny: as in Socket.IO
  fetchSockets<SocketData = any>(): Promise<RemoteSocket<EmitEvents, SocketData>[]>;

  /**
   * Makes the targeted sockets join rooms.
   *
   * @param rooms - rooms, and arrays of rooms, in any mix
   * @returns a promise that resolves when PostgreSQL has committed the notification, and rejects as that
   * of `emit` does, and with `ERR_INVALID_ARG_VALUE` for a room that is a number and not finite
   * @example
   * await emitter.in("room1").socketsJoin("room2", "room3");
   */
  socketsJoin(...rooms: Rooms[]): Promise<void>;

  /**
   * Makes the targeted sockets leave rooms.
   *
   * @param rooms - rooms, and arrays of rooms, in any mix
   * @returns a promise that resolves and rejects as that of `socketsJoin` does
   * @example
   * await emitter.in("room1").socketsLeave("room1");
   */
  socketsLeave(...rooms: Rooms[]): Promise<void>;

  /**
   * Disconnects the targeted sockets.
   *
   * @param close - `true` closes the underlying connection, with every namespace on it; `false`, the
   * default, leaves this namespace only
   * @returns a promise that resolves and rejects as that of `socketsJoin` does
   * @example
   * await emitter.in("room1").disconnectSockets(true);
   */
  disconnectSockets(close?: boolean): Promise<void>;

  /**
   * Emits an event to the Socket.IO servers of the cluster, where `io.on(ev, …)` gets it. It reaches
   * every server of the namespace: rooms and flags do not matter here.
   *
   * A function as the last argument gets the answers of the servers, as the promise of
   * {@link Emitter.serverSideEmitWithAck} does.
   *
   * @param ev - the event's name; `connect`, `connection` and `new_namespace` are refused with
   * `ERR_RESERVED_EVENT`, for they would fire a server's connection handlers
   * @param args - the event's arguments, sent as those of `emit`
   * @returns a promise that resolves and rejects as that of `emit` does
   * @example
   * await emitter.serverSideEmit("reload", { reason: "new prices" });
   */
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EmitParams<ServerSideEvents, Ev>
  ): Promise<void>;

  /**
   * Emits an event to the Socket.IO servers of the cluster, and collects one answer of each: what its
   * listener gives the callback that it gets as its last argument. Rooms do not matter here.
   *
   * @param ev - the event's name
   * @param args - the event's arguments
   * @returns a promise that resolves and rejects as that of `emitWithAck` does
   * @example
   * const loads = await emitter.serverSideEmitWithAck("load");
   */
  serverSideEmitWithAck<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: RequestParams<ServerSideEvents, Ev>
  ): Promise<EventAnswer<ServerSideEvents, Ev>[]>;

  /**
   * The SQL statement of a call, which is not run: for a transaction of your own whose library takes
   * a text and values. Clients hear of it if and when that transaction commits.
   *
   * Run it once. Of two identical notifications in one transaction PostgreSQL delivers one; those of
   * two statements always differ, by white space at the end of the message.
   *
   * @param method - the name of the call
   * @param args - the arguments of that call
   * @throws an {@link EmitterError} with the codes that the call itself would reject with before
   * anything is sent: `ERR_RESERVED_EVENT`, `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`,
   * `ERR_NOT_SERIALIZABLE`
   * @example
   * const { text, values } = emitter.to("room1").statement("emit", "news", "hello");
   * await client.query(text, values);
   */
  statement<Ev extends EventNames<EmitEvents>>(
    method: "emit",
    ev: Ev,
    ...args: RequestParams<EmitEvents, Ev>
  ): Statement;
  statement<Ev extends EventNames<ServerSideEvents>>(
    method: "serverSideEmit",
    ev: Ev,
    ...args: RequestParams<ServerSideEvents, Ev>
  ): Statement;
  statement(method: "socketsJoin" | "socketsLeave", ...rooms: Rooms[]): Statement;
  statement(method: "disconnectSockets", close?: boolean): Statement;
}

export type { Broadcaster };

/**
 * Rooms and flags, and the calls that use them. Made by {@link Emitter.to} and its like; never
 * changes, so it can be kept and used again.
 *
 * @typeParam EmitEvents - the events for clients
 * @typeParam ServerSideEvents - the events for the servers
 */
export class BroadcastOperator<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> extends Broadcaster<EmitEvents, ServerSideEvents> {
  private constructor();
}

/**
 * Sends events to Socket.IO clients through PostgreSQL, from a process without a Socket.IO server.
 *
 * It connects when it first has something to send, and does not keep the process alive unless
 * something is in flight.
 *
 * @typeParam EmitEvents - the events for clients
 * @typeParam ServerSideEvents - the events for the servers
 * @example
 * const { Emitter } = require("socket.io-postgres-emitter-rs");
 *
 * const emitter = new Emitter("postgres://user:password@localhost:5432/database");
 * await emitter.to("room1").emit("news", "hello");
 * await emitter.close();
 */
export class Emitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> extends Broadcaster<EmitEvents, ServerSideEvents> {
  /** Makes an emitter for the server that the `PG…` environment variables say. */
  constructor();
  /**
   * Makes an emitter; connects to nothing yet.
   *
   * @param connection - where PostgreSQL is; `null` for what the `PG…` environment variables say
   * @param nsp - the namespace, `"/"` by default; a missing leading `/` is added
   * @param options - see {@link EmitterOptions}
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`; the latter
   * also for an unknown option or field, with the known one that is nearest, and for a namespace or
   * prefix with U+0000, which PostgreSQL cannot carry
   */
  constructor(connection: Connection, nsp?: string | null, options?: EmitterOptions | null);

  /**
   * Makes an emitter without a connection: see the method {@link Emitter.using}.
   *
   * @typeParam E - the events for clients
   * @typeParam S - the events for the servers
   * @param executor - what runs the statements
   * @param nsp - the namespace, `"/"` by default; a missing leading `/` is added
   * @param options - see {@link EmitterOptions}
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   * @example
   * await Emitter.using(client).to("room1").emit("news", "hello");
   */
  static using<E extends EventsMap = DefaultEventsMap, S extends EventsMap = DefaultEventsMap>(
    executor: Executor,
    nsp?: string | null,
    options?: EmitterOptions | null,
  ): Emitter<E, S>;

  /**
   * Makes an emitter without a connection that writes into the outbox: see the method
   * {@link Emitter.outbox}.
   *
   * @param executor - a client or a transaction of your own
   * @param nsp - the namespace, `"/"` when left out
   * @param options - as for {@link Emitter.using}
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   * @example
   * await Emitter.outbox(client).to("room1").emit("news", "hello");
   */
  static outbox<E extends EventsMap = DefaultEventsMap, S extends EventsMap = DefaultEventsMap>(
    executor: Executor,
    nsp?: string | null,
    options?: EmitterOptions | null,
  ): Emitter<E, S>;

  /** The namespace, with its leading `/`. */
  readonly nsp: string;

  /**
   * The name of the channel, `{channelPrefix}#{nsp}`. PostgreSQL keeps 63 bytes of a longer one, and
   * messages go to the name cut that way, which is where servers listen.
   * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
   */
  readonly channel: string;

  /** The attachment table, as given in the options, or its default. */
  readonly tableName: string;

  /** The outbox, as it was given. */
  readonly outboxTable: string;

  /** From how many bytes on a message goes through the attachment table. */
  readonly payloadThreshold: number;

  /** Where messages go, and which way, all together. */
  readonly broadcastOptions: BroadcastOptions;

  /** What the connection is doing now. */
  readonly state: ConnectionState;

  /**
   * An emitter for another namespace, with the same options, on the same connection: closing either
   * closes both.
   *
   * @typeParam E - the events for clients there; by default those of this emitter
   * @typeParam S - the events for the servers there; by default those of this emitter
   * @param nsp - the namespace; a missing leading `/` is added
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE`, or with `ERR_INVALID_ARG_VALUE` for a
   * namespace with U+0000, which PostgreSQL cannot carry
   * @example
   * await emitter.of("/admin").emit("news", "hello");
   */
  of<E extends EventsMap = EmitEvents, S extends EventsMap = ServerSideEvents>(
    nsp: string,
  ): Emitter<E, S>;

  /**
   * An emitter that sends on a connection of yours, so within its transaction: clients hear of a
   * message if and when that commits. It has this emitter's namespace and options, and opens no
   * connection.
   *
   * Each call runs exactly one statement through the executor, and settles with it. A failure rejects
   * with the executor's own error, that very object, to which are added the message's `event` and
   * `namespace`, and to its `stack` the code that awaits it; in PostgreSQL it has also failed the
   * transaction. Calls on one executor, from any emitter, run one after the other in the order they
   * were made. Await them, or `flush()`, before you commit.
   *
   * `flush()` waits for all calls on the executor; `close()` does, too, and refuses further calls of
   * the emitter, but leaves the executor open; `connect()` does nothing; `ensureTable()` runs through
   * the executor; what needs an answer, as `queueUsage()` does, rejects with `ERR_NOT_SUPPORTED`. Of
   * the options, those about the emitter's own connection do not matter. Messages from 7984 bytes on
   * go through the attachment table.
   *
   * @param executor - what runs the statements. Give one object or function for one connection:
   * the order is kept for each executor.
   * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` for anything that is no executor
   * @example
   * await client.query("BEGIN");
   * await client.query("UPDATE orders SET state = 'paid' WHERE id = $1", [id]);
   * await emitter.using(client).to(`order:${id}`).emit("paid", { id });
   * await client.query("COMMIT");
   */
  using(executor: Executor): Emitter<EmitEvents, ServerSideEvents>;

  /**
   * An emitter whose messages go into the outbox, a table, and are published by a
   * {@link Emitter.relay | relay} once they are committed: exactly once, in order, within milliseconds.
   *
   * With an executor, each call is one INSERT in your transaction: no lock, no NOTIFY, no setting of the
   * session, and the right to INSERT into the table is all it needs. Its promises are those of
   * {@link Emitter.using}. Without one, the rows are written on this emitter's own connection, in
   * groups and in the order of its calls: a message resolves when it is on disk, and outlives a crash of
   * PostgreSQL.
   *
   * Calls that need an answer are refused with `ERR_NOT_SUPPORTED`, and the SQLSTATE `42P01` says that
   * the table is not there: see {@link Emitter.ensureOutbox}.
   *
   * @param executor - a client or a transaction of your own
   * @example
   * await client.query("BEGIN");
   * await client.query("UPDATE orders SET paid = true WHERE id = $1", [id]);
   * await emitter.outbox(client).to(`order:${id}`).emit("paid", { id });
   * await client.query("COMMIT");
   */
  outbox(executor?: Executor): Emitter<EmitEvents, ServerSideEvents>;

  /**
   * Starts a relay: it publishes what is committed in the outbox, on a connection of its own, until it
   * is closed, and keeps the process alive. Any number of relays may run, in any processes: one is
   * active, the others stand by, and take over within a second or two of its end.
   *
   * @throws an {@link EmitterError}: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_CLOSED`;
   * `ERR_NOT_SUPPORTED` on an executor
   * @example
   * const relay = emitter.relay();
   * process.once("SIGTERM", () => relay.close());
   */
  relay(options?: RelayOptions | null): Relay;

  /**
   * Creates the attachment table if it does not exist. The only call that changes the schema; see
   * {@link attachmentTableSql} for migrations.
   *
   * @returns a promise that rejects with an {@link EmitterError}: `ERR_CLOSED`, a SQLSTATE (`42501`
   * when the role must not create tables), a code of the login or of TLS, or `ERR_TIMEOUT`
   */
  ensureTable(): Promise<void>;

  /**
   * Creates the outbox, if it is not there. An existing one is left as it is.
   *
   * @returns a promise that resolves and rejects as that of {@link Emitter.ensureTable} does
   * @example
   * await emitter.ensureOutbox();
   */
  ensureOutbox(): Promise<void>;

  /**
   * Creates the functions in PostgreSQL that write into the outbox, which has to be there: see
   * {@link emitFunctionsSql}, whose other options are those of this emitter. One that is there and differs
   * is replaced, which needs the right of its owner.
   *
   * @returns a promise that rejects as that of {@link Emitter.ensureTable} does, with `42P01` when the
   * outbox is not there, and for the options with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   * @example
   * await emitter.ensureOutbox();
   * await emitter.ensureFunctions();
   */
  ensureFunctions(options?: EnsureFunctionsOptions | null): Promise<void>;

  /**
   * Looks at the outbox, on a connection of its own; the server counts the rows for it.
   *
   * @param limit - how many of the rows that are set aside to give at most, up to 10000; `100` when left
   * out
   * @returns a promise that rejects with a SQLSTATE (`42P01`: the outbox is not there), a network code,
   * `ERR_CLOSED`, or `ERR_NOT_SUPPORTED` on an executor
   */
  outboxStatus(limit?: number | null): Promise<OutboxStatus>;

  /**
   * Puts rows that are set aside at the end of what waits, to be published after all.
   *
   * @param ids - their ids; all, when left out
   * @returns a promise of how many there were, which rejects as that of {@link Emitter.outboxStatus}
   */
  retrySetAside(ids?: readonly (string | number | bigint)[] | null): Promise<number>;

  /**
   * Removes rows that are set aside, for good.
   *
   * @param ids - their ids; all, when left out
   * @returns a promise of how many there were, which rejects as that of {@link Emitter.outboxStatus}
   */
  dropSetAside(ids?: readonly (string | number | bigint)[] | null): Promise<number>;

  /**
   * Connects now, so that a wrong setting shows at once and not at the first event.
   *
   * @returns a promise that rejects with an {@link EmitterError}: `ERR_CLOSED`, a SQLSTATE (`28P01`
   * for a wrong password) or a network code (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT` after ten
   * seconds or the `connect_timeout` of the connection string). It does not wait for a server that
   * is away.
   */
  connect(): Promise<void>;

  /**
   * How many Socket.IO servers have this namespace, by their signs of life.
   *
   * @returns a promise that rejects as that of `emitWithAck` does
   */
  serverCount(): Promise<number>;

  /** What has been sent so far, by this emitter and its `of()` siblings together. */
  stats(): EmitterStats;

  /**
   * How full PostgreSQL's notification queue is, from 0 to 1: it fills when a session listens and
   * stays in a transaction, and at 1 every publish fails with the SQLSTATE `54000`, until that
   * session goes on.
   * https://www.postgresql.org/docs/current/sql-notify.html
   *
   * @returns a promise that rejects as that of `emit` does
   */
  queueUsage(): Promise<number>;

  /**
   * Waits until everything in flight is settled, be it sent or failed.
   *
   * @returns a promise that does not reject for a message that failed: that message's own promise
   * does. It rejects with `ERR_CLOSED` after `close()`.
   */
  flush(): Promise<void>;

  /**
   * Waits for what is in flight, then closes the connection. Twice is fine; any other call after it
   * rejects with `ERR_CLOSED`.
   */
  close(): Promise<void>;

  /**
   * The same as {@link Emitter.close}, for `await using`.
   *
   * @example
   * await using emitter = new Emitter("postgres://localhost/database");
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A row of the outbox that a {@link Relay} could not publish. */
export interface SetAside {
  /** Its id in the table, as text: it can be larger than what a number holds exactly. */
  id: string;
  /** How long ago it was written, in milliseconds. */
  ageMillis: number;
  /** The channel it is for. */
  channel: string;
  /** The bytes of its payload and its attachment. */
  bytes: number;
  /** What was wrong with it, beginning with the error's code. */
  error: string;
}

/** What {@link Emitter.outboxStatus} gives. */
export interface OutboxStatus {
  /** Messages that are committed and wait. */
  waiting: number;
  /** How long the oldest of them has waited since it was written, in milliseconds. */
  oldestMillis?: number | undefined;
  /** Messages that are set aside. */
  failed: number;
  /** The first of those. */
  setAside: SetAside[];
}

/** What a {@link Relay} is doing. */
export type RelayState = "connecting" | "standby" | "active" | "closed";

/** A change of a relay's state. */
export interface RelayStateChange {
  /** The new state. */
  state: RelayState;
  /** What caused it, if that is an error: the connection was lost. */
  cause?: EmitterError | undefined;
}

/** Options of {@link Emitter.relay}. */
export interface RelayOptions {
  /**
   * How often an idle outbox is looked at, in milliseconds, from 1 to 2147483647. A message waits for half of it on average,
   * unless {@link Relay.wake} is called.
   *
   * @defaultValue `40`
   */
  pollMillis?: number | null | undefined;

  /**
   * How many messages share a transaction at most, from 1 to 4095. Their bytes are bounded to about
   * 1 MiB.
   *
   * @defaultValue `2048`
   */
  batchSize?: number | null | undefined;

  /** Closes the relay. */
  signal?: AbortSignalLike | null | undefined;

  /**
   * Told of what fails while the relay goes on: a row that was set aside (`ERR_SET_ASIDE`), the lost
   * connection, and, once for as long as it lasts, why the server cannot be reached or what it refuses
   * (`42P01`: the outbox is not there; `42501`).
   *
   * @defaultValue that of the emitter; where it has none, the process is warned once of each code
   */
  errorHandler?: ((error: EmitterError) => void) | null | undefined;

  /** Told of each change of the state. What it or `errorHandler` throws is an `uncaughtException`. */
  onStateChange?: ((change: RelayStateChange) => void) | null | undefined;
}

/** What {@link Relay.stats} gives. */
export interface RelayStats {
  /** Messages this relay has published. */
  published: number;
  /** The transactions they shared. */
  batches: number;
  /** Messages this relay could not publish and has set aside. */
  setAside: number;
  /** Messages that are committed and wait for a relay. */
  waiting: number;
  /** How long the oldest of them has waited since it was written, in milliseconds. */
  oldestMillis?: number | undefined;
  /** Messages that any relay has set aside. */
  failed: number;
}

/**
 * Publishes what is committed in the outbox; made by {@link Emitter.relay}.
 *
 * A message is taken out of the table and notified in one transaction, so it is published exactly once,
 * no matter what dies and when. What committed before another message's INSERT began is published before it;
 * the messages of one transaction keep their order.
 */
export class Relay {
  private constructor();

  /** What it is doing. */
  readonly state: RelayState;

  /** Looks at once, and not at the next poll: something was committed. */
  wake(): void;

  /**
   * Waits for the outbox. A relay that cannot connect goes on trying, also after a wrong password, and
   * tells its `errorHandler` of each error: until it can, this waits.
   *
   * @returns a promise that resolves when all that had committed before the call is published or set
   * aside, by any relay, and rejects with `ERR_CLOSED`, or what the server says to the question (`42P01`:
   * the outbox is not there)
   */
  drain(): Promise<void>;

  /**
   * What it has done, and what waits; the server counts the rows for it. While the relay cannot connect,
   * this waits, as {@link Relay.drain} does.
   *
   * @returns a promise of the numbers, which rejects with `ERR_CLOSED` or a SQLSTATE
   */
  stats(): Promise<RelayStats>;

  /**
   * Ends after the batch under way, or after five seconds if the server takes longer, and closes the
   * connection. Twice is fine.
   */
  close(): Promise<void>;

  /** The same as {@link Relay.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The SQL that creates the attachment table if it does not exist, for migrations:
 * what {@link Emitter.ensureTable} runs.
 *
 * @param tableName - as the option of {@link EmitterOptions}; {@link DEFAULT_TABLE_NAME} by default
 * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @example
 * await pool.query(attachmentTableSql());
 */
export function attachmentTableSql(tableName?: string | null): string;

/**
 * The SQL that creates the outbox, if it is not there: what {@link Emitter.ensureOutbox} runs.
 *
 * @param outboxTable - the option of that name
 * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @example
 * await pool.query(outboxSql());
 */
export function outboxSql(outboxTable?: string | null): string;

/** Options of {@link Emitter.ensureFunctions}. */
export interface EnsureFunctionsOptions {
  /**
   * The schema of the functions, plain or double-quoted.
   *
   * @defaultValue the session's current schema
   */
  schema?: string | null | undefined;
}

/** Options of {@link emitFunctionsSql}. */
export interface EmitFunctionsOptions extends EnsureFunctionsOptions {
  /**
   * The outbox, as the option of {@link EmitterOptions}. A name without a schema is looked up when the
   * functions are created, and not when they are called.
   *
   * @defaultValue {@link DEFAULT_OUTBOX_TABLE}
   */
  outboxTable?: string | null | undefined;

  /**
   * The start of the channels' names, as the option of {@link EmitterOptions}.
   *
   * @defaultValue {@link DEFAULT_EMITTER_KEY}
   */
  channelPrefix?: string | null | undefined;
}

/**
 * The SQL that creates functions in PostgreSQL which write into the outbox, for triggers, psql and other
 * languages: what {@link Emitter.ensureFunctions} runs, one statement without parameters. The functions
 * are `socket_io_emit`, `socket_io_sockets_join`, `socket_io_sockets_leave`,
 * `socket_io_disconnect_sockets` and `socket_io_server_side_emit`; their arguments are in
 * docs/outbox.md.
 *
 * @throws an {@link EmitterError} with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @example
 * await pool.query(outboxSql());
 * await pool.query(emitFunctionsSql());
 * await pool.query("SELECT socket_io_emit('paid', '[{\"id\": 17}]', rooms => '{order:17}')");
 */
export function emitFunctionsSql(options?: EmitFunctionsOptions | null): string;

/**
 * The event names that `emit` refuses with `ERR_RESERVED_EVENT`: `connect`, `connect_error`,
 * `disconnect`, `disconnecting`, `newListener` and `removeListener`.
 * https://socket.io/docs/v4/emit-cheatsheet/#reserved-events
 */
export const RESERVED_EVENTS: ReadonlySet<string>;

/** The default prefix of a channel's name, the same as in `@socket.io/postgres-adapter`. */
export const DEFAULT_EMITTER_KEY: "socket.io";

/** The default name of the attachment table, the same as in `@socket.io/postgres-adapter`. */
export const DEFAULT_TABLE_NAME: "socket_io_attachments";

/** The outbox when none is named. */
export const DEFAULT_OUTBOX_TABLE: "socket_io_outbox";

/**
 * The default of `payloadThreshold`, in bytes. PostgreSQL refuses a payload of 8000 bytes or more:
 * https://www.postgresql.org/docs/current/sql-notify.html
 */
export const DEFAULT_PAYLOAD_THRESHOLD: 8000;
