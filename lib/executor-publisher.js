"use strict";

const { CallerStatements } = require("./caller-statements.js");
const { EmitterError, fromExecutor, tellOrigin, tellOriginOfExecutors } = require("./errors.js");
const { ExecutorStats } = require("./executor-stats.js");
const { Executor } = require("./executor.js");
const { handled } = require("./handled.js");
const { addHint, addOutboxHint } = require("./missing-table.js");
const { framed } = require("./own-promise.js");
const { closed, notSupported } = require("./refusals.js");
const { callLater } = require("./unfaked.js");

/**
 * Takes the place of a `ConnectionPublisher`, and sends each message as one statement on a connection of the
 * caller's. An emitter and its `of()` siblings share one.
 */
class ExecutorPublisher {
  #executor;
  #statements;
  #onError;
  #signal;
  #closing;
  #stats = new ExecutorStats();

  /** @throws {EmitterError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` */
  constructor(executor, options) {
    this.#executor = new Executor(executor);
    this.#statements = new CallerStatements(options);
    this.#onError = options.errorHandler;
    // The signal is asked and not listened to: there may be an emitter for each transaction.
    this.#signal = options.signal;
  }

  /** The messages sent so far; whether the transactions commit is not known. */
  stats() {
    return this.#stats.get();
  }

  /** Whether a message travels inside the NOTIFY. */
  isInline(namespace, message) {
    return this.#statements.isInline(namespace, message);
  }

  /** The connection is the caller's. */
  get state() {
    return this.#isClosed ? "closed" : "idle";
  }

  /** The executor's server is unknown. */
  get target() {
    return {};
  }

  /** Sends a message; see `ConnectionPublisher.send`. */
  send(namespace, kind, opts, body, event) {
    if (this.#isClosed) return this.refuse(closed(), namespace, event);
    const { text, values } = this.#statements.of(namespace, kind, opts, body);
    const outcome = this.#stats.start(values);
    return this.#run(text, values, {
      sent: outcome.sent,
      failed: (error) => {
        outcome.lost();
        addHint(error, text, values);
        return this.#failed(error, namespace, event, true);
      },
    });
  }

  /** An executor has no connection that listens for answers. */
  newRequestId() {
    return "";
  }

  request(namespace, _message, { method, event }) {
    const refused = this.refuse(notSupported(method), namespace, event);
    return { published: refused, answered: refused };
  }

  serverCount() {
    return this.refuse(notSupported("serverCount"));
  }

  statement(namespace, kind, opts, body) {
    return this.#statements.of(namespace, kind, opts, body);
  }

  /** A rejected promise: nothing was sent. */
  refuse(error, namespace, event) {
    return handled(Promise.reject(this.#failed(error, namespace, event)));
  }

  /** There is nothing to open. */
  connect() {
    return this.#unlessClosed(() => Promise.resolve());
  }

  ensureTable() {
    return this.#ensure(this.#statements.ensureTable);
  }

  ensureOutbox() {
    return this.#ensure(this.#statements.ensureOutbox);
  }

  /** Creates the functions in PostgreSQL by this SQL. */
  ensureFunctions(sql) {
    return this.#ensure(sql, addOutboxHint);
  }

  /** An executor's result has no known form. */
  outboxStatus() {
    return this.#unlessClosed(() => Promise.reject(notSupported("outboxStatus")));
  }

  settleSetAside(again) {
    const call = again ? "retrySetAside" : "dropSetAside";
    return this.#unlessClosed(() => Promise.reject(notSupported(call)));
  }

  /** A relay needs a connection that it opens itself. */
  relay() {
    throw notSupported("relay");
  }

  /** An executor's result has no known form. */
  queueUsage() {
    return this.#unlessClosed(() => Promise.reject(notSupported("queueUsage")));
  }

  /** Resolves when every call on the executor until now is settled. */
  flush() {
    return this.#unlessClosed(() => this.#settled());
  }

  /** The executor stays open: it is the caller's. */
  close() {
    this.#closing ??= this.#settled();
    return this.#closing;
  }

  /** Resolves one turn later, so that an `await` of a message ends before that of the flush. */
  #settled() {
    return this.#executor.settled().then(() => {});
  }

  get #isClosed() {
    return this.#closing !== undefined || this.#signal?.aborted === true;
  }

  /** Runs a statement without parameters. */
  #ensure(sql, hint = () => {}) {
    if (this.#isClosed) return handled(Promise.reject(closed()));
    return this.#run(sql, [], {
      failed: (error) => {
        hint(error);
        this.#tellOrigin(error);
        return error;
      },
    });
  }

  /**
   * Runs a statement. `sent` is called when it was run, `failed` with its error: it returns the error of the
   * promise. Both run where V8 knows the code that awaits.
   */
  #run(text, values, { sent, failed }) {
    const run = this.#executor.run(text, values, this.#signal);
    return framed((done) =>
      run.then(sent, (error) => {
        done();
        throw failed(error);
      }),
    );
  }

  #unlessClosed(call) {
    return handled(this.#isClosed ? Promise.reject(closed()) : call());
  }

  /**
   * A message to this namespace failed. The handler gets an error of ours; the promise is rejected with the
   * executor's own, with the event and the namespace added.
   */
  #failed(error, namespace, event, isLate = false) {
    this.#stats.failed();
    this.#tellOrigin(error, namespace?.name, event);
    const isOurs = error instanceof EmitterError || this.#isReason(error);
    const told = isOurs ? error : fromExecutor(error);
    tellOrigin(told, namespace?.name, event, isLate && !isOurs);
    const onError = this.#onError;
    // The handler is called later: what it does, or throws, concerns no promise. The error counts as awaited:
    // a transaction that fails is no loss that goes unnoticed.
    callLater(() => onError(told, true));
    return error;
  }

  #tellOrigin(error, namespace, event) {
    if (error instanceof EmitterError || this.#isReason(error)) return;
    tellOriginOfExecutors(error, namespace, event);
  }

  /** Whether the caller has aborted the emitter with this error. */
  #isReason(error) {
    return this.#signal?.aborted === true && error === this.#signal.reason;
  }
}

module.exports = { ExecutorPublisher };
