"use strict";

const { tracingChannel } = require("node:diagnostics_channel");
const { isDebugging } = require("./debug.js");
const { printing } = require("./debug-message.js");
const { handled } = require("./handled.js");
const { ownPromise } = require("./own-promise.js");

const channels = tracingChannel("socket.io-postgres-emitter:publish");

const isTraced = () =>
  channels.start.hasSubscribers ||
  channels.end.hasSubscribers ||
  channels.asyncStart.hasSubscribers ||
  channels.asyncEnd.hasSubscribers ||
  channels.error.hasSubscribers;

/** Whether calls are observed, by `debug` or a subscriber. Otherwise tracing costs nothing. */
const isObserved = () => isDebugging || isTraced();

/** The bytes of the values that are set aside of a packet; long texts count as in JSON. */
const bytesAside = ({ bytes, texts }) =>
  bytes.reduce((sum, { byteLength }) => sum + byteLength, 0) +
  texts.reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)), 0);

/** The fields of a message that are known before it is sent. */
const measure = (publisher, namespace, message) => {
  const { kind, opts, body, requestId } = message;
  const isText = typeof body === "string";
  const text = namespace.measure(Number(kind), opts, isText ? body : body.text, requestId);
  return {
    bytes: isText ? text : text + bytesAside(body),
    attachment: !publisher.isInline(namespace, message),
  };
};

/**
 * Sends a message and traces it: one trace for each call.
 *
 * @param {object} publisher - sends it, or refuses it
 * @param {Namespace} namespace
 * @param {{ method: string, event?: string, rooms: Rooms, except: Rooms }} call
 * @param {() => Outgoing} write - may throw
 * @param {(message: Outgoing) => Promise<void>} [send]
 * @returns {Promise<void>}
 */
const sendObserved = (
  publisher,
  namespace,
  call,
  write,
  send = ({ kind, opts, body }) => publisher.send(namespace, kind, opts, body, call.event),
) => {
  const { method, event } = call;
  const { name, channel } = namespace;
  const context = { namespace: name, channel, kind: method, event };
  const run = () => {
    try {
      const message = write();
      const measured = measure(publisher, namespace, message);
      Object.assign(context, measured);
      if (!isDebugging) return send(message);
      return printing(channel, call, message, measured, () => send(message));
    } catch (error) {
      return publisher.refuse(error, namespace, event);
    }
  };
  return isTraced() ? handled(ownPromise(channels.tracePromise(run, context))) : run();
};

module.exports = { isObserved, isTraced, sendObserved };
