"use strict";

/** The fields that an error may have beside its code, its message and its cause. */
const FIELDS = [
  "severity",
  "detail",
  "hint",
  "address",
  "port",
  "syscall",
  "hostname",
  "namespace",
  "event",
  "responses",
];

/**
 * The one class of error of this package. Match `code`, never the message.
 */
class EmitterError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {({ cause?: unknown } & Record<string, unknown>) | null} [more] - the fields of `FIELDS`
   */
  constructor(code, message, more) {
    const fields = more ?? {};
    super(message, "cause" in fields ? { cause: fields.cause } : undefined);
    this.code = code;
    for (const name of FIELDS) {
      if (fields[name] !== undefined) this[name] = fields[name];
    }
  }
}
Object.defineProperty(EmitterError.prototype, "name", {
  value: "EmitterError",
  configurable: true,
  writable: true,
});

/** The message of a thrown value. */
const messageOf = (thrown) => {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return "no message";
  }
};

const describe = (value) => (value === null ? "null" : typeof value);

const invalidType = (name, expected, value) =>
  new EmitterError(
    "ERR_INVALID_ARG_TYPE",
    `${name} must be ${expected}, and is of type ${describe(value)}`,
  );

const invalidValue = (message) => new EmitterError("ERR_INVALID_ARG_VALUE", message);

const notSerializable = (message, cause) =>
  new EmitterError("ERR_NOT_SERIALIZABLE", message, cause === undefined ? undefined : { cause });

/** The errors that the native side calls a mistake. */
const mistakes = new WeakSet();

/** An error of the native side: a plain object with a code, or an `Error` with one. */
const fromNative = ({ code, message, cause, isMistake, ...more }) => {
  const error = new EmitterError(code, message, {
    ...more,
    ...(cause && { cause: fromNative(cause) }),
  });
  if (isMistake) mistakes.add(error);
  return error;
};

/** Whether an error from the native side tells of a mistake: trying again does not help. */
const isMistake = (error) => mistakes.has(error);

/** An error of ours for an executor's, which stays as it is and is the cause. */
const fromExecutor = (cause) => {
  const textOf = (name) => (typeof cause?.[name] === "string" ? cause[name] : undefined);
  const more = { severity: textOf("severity"), detail: textOf("detail"), hint: textOf("hint") };
  return new EmitterError(textOf("code") ?? "ERR_EXECUTOR", messageOf(cause), { ...more, cause });
};

/** Throws the native side's failure, if there is one. */
const throwFailure = (failure) => {
  if (failure) throw fromNative(failure);
};

/** The native side's result, unless that is a failure. */
const orThrow = (result) => {
  if (typeof result === "object" && "code" in result) throw fromNative(result);
  return result;
};

/** A copy of an error for each receiver, since a receiver may add to it. An error of ours gets `more`, too. */
const copyOf = (error, { about = "", ...more } = {}) => {
  if (!(error instanceof EmitterError)) return error;
  const cause = "cause" in error ? { cause: error.cause } : undefined;
  // The fields of the error, and `cause`, which is not enumerable.
  return new EmitterError(error.code, about + error.message, { ...error, ...cause, ...more });
};

/**
 * Adds to an error of ours what the message was, and where it was sent: the frames of the code that awaits it,
 * unless they are there already, since it was made within the call.
 */
const tellOrigin = (error, namespace, event, isLate = true) => {
  if (!(error instanceof EmitterError)) return;
  if (namespace !== undefined) error.namespace = namespace;
  if (typeof event === "string") error.event = event;
  if (isLate) Error.captureStackTrace(error, tellOrigin);
};

/** The frames of the code that awaits the promise whose reaction runs now: V8 knows of no `catch()`. */
const framesOfAwaiter = (below) => {
  const probe = {};
  Error.captureStackTrace(probe, below);
  return String(probe.stack)
    .split("\n")
    .filter((line) => line.startsWith("    at async "));
};

/** The executors' errors that have got an event and a namespace from us. */
const told = new WeakSet();

/**
 * Does the same for an executor's error, which stays that very object, with everything it says. A driver may
 * reject several queries with one error, so the last message's name counts.
 */
const tellOriginOfExecutors = (error, namespace, event) => {
  if (typeof error !== "object" || error === null) return;
  try {
    const isOurs = told.has(error);
    for (const [name, value] of Object.entries({ namespace, event })) {
      if (value !== undefined && (isOurs || !(name in error))) Reflect.set(error, name, value);
    }
    told.add(error);
    const { stack } = error;
    if (typeof stack !== "string") return;
    // A driver's frames end where a message waited for its turn.
    const missing = framesOfAwaiter(tellOriginOfExecutors).filter((line) => !stack.includes(line));
    if (missing.length === 0) return;
    // Some drivers have made `stack` read-only.
    const value = [stack, ...missing].join("\n");
    Reflect.defineProperty(error, "stack", { value, configurable: true, writable: true });
  } catch {
    // An object that throws when it is read or written stays as it is.
  }
};

/**
 * Calls `make` while `Error` has these properties. Where it is frozen, as by `--frozen-intrinsics` or SES, it keeps
 * its own.
 */
const withError = (properties, make) => {
  const names = Object.keys(properties);
  const own = names.map((name) => Reflect.getOwnPropertyDescriptor(Error, name));
  for (const name of names) Reflect.set(Error, name, properties[name]);
  try {
    return make();
  } finally {
    names.forEach((name, index) => {
      if (own[index] === undefined) Reflect.deleteProperty(Error, name);
      else Reflect.defineProperty(Error, name, own[index]);
    });
  }
};

/** Makes errors that get their frames later: looking for them twice doubles what a failure takes. */
const withoutFrames = (make) => withError({ stackTraceLimit: 0 }, make);

/** What the frames of an `await` are looked for with: a program may want fewer, or other texts. */
const PLAIN_FRAMES = { stackTraceLimit: 10, prepareStackTrace: undefined };

/**
 * Whether an `await` waits for the promise whose reaction runs now: V8 shows it only by its frames, and shows
 * no `catch()`. Bun shows nothing, so there each promise counts as awaited.
 */
const isAwaited = () => {
  if (process.versions.bun !== undefined) return true;
  return withError(PLAIN_FRAMES, () => framesOfAwaiter(isAwaited)).length > 0;
};

/** The same error, with its subject in the message. */
const about = (what, error) => copyOf(error, { about: `${what}: ` });

/** Calls the native side, whose errors become ours. */
const native = (call) => {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
};

module.exports = {
  EmitterError,
  messageOf,
  invalidType,
  invalidValue,
  notSerializable,
  copyOf,
  tellOrigin,
  tellOriginOfExecutors,
  isAwaited,
  withoutFrames,
  about,
  fromExecutor,
  fromNative,
  isMistake,
  throwFailure,
  orThrow,
  native,
};
